/** A step log: the committed steps that not every output has taken yet. */

import { type ConnectorId } from "@tidemark/core";

import { type Progress } from "../source.ts";

/** A committed step. */
export interface LoggedStep {
  readonly step: bigint;
  readonly changedViews: ReadonlySet<string>;
  /** How many rows of each view changed; absent for steps of an earlier run. */
  readonly changedRows?: ReadonlyMap<string, number>;
  /** Where it brought the connectors that it moved: the end of an ended incarnation, then the new one. */
  readonly moved: ReadonlyMap<ConnectorId, readonly Progress[]>;
  /** Records in it. */
  readonly records: number;
  /** When the last record of each connector in it was taken in, and when all was committed; wall-clock. */
  readonly ingestedAtMs: ReadonlyMap<ConnectorId, number>;
  readonly processedAtMs: number;
}

/** The committed steps that were not delivered yet, oldest first. */
export class StepLog {
  #steps: LoggedStep[] = [];
  #processed: bigint;
  #delivered: bigint;

  constructor(options: { readonly processed: bigint; readonly delivered: bigint }) {
    this.#processed = options.processed;
    this.#delivered = options.delivered;
  }

  /** The last committed step. */
  get processed(): bigint {
    return this.#processed;
  }

  /** The last step that every output has taken. */
  get delivered(): bigint {
    return this.#delivered;
  }

  /** How many steps are committed and not delivered. */
  get length(): number {
    return this.#steps.length;
  }

  add(step: LoggedStep): void {
    this.#steps.push(step);
    this.#processed = step.step;
  }

  /** Moves the delivered step up; answers the steps that this delivers. */
  deliver(through: bigint): readonly LoggedStep[] {
    if (through <= this.#delivered) return [];
    this.#delivered = through;
    const open = this.#steps.findIndex(({ step }) => step > through);
    return this.#steps.splice(0, open === -1 ? this.#steps.length : open);
  }
}
