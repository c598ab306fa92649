/** Dead letters: the rows that an output gives up, durable before the rest of their step is taken. */

import { type ConnectorId, type Incarnation, offset } from "@tidemark/core";

import { type Engine } from "../engine.ts";
import { type Reject } from "../reject.ts";
import { type RefusedRow } from "../sink.ts";
import { type ViewChange } from "../value.ts";
import { cutRecord, type RejectedBy, STEPS } from "./step-rejects.ts";

/** What dead letters are kept with. */
export interface DeadLetterOptions {
  readonly id: ConnectorId;
  readonly endpoint: string;
  readonly incarnation: Incarnation;
  readonly maxKept: number;
  /** The last step of earlier runs. */
  readonly recoveredStep: bigint;
  readonly engine: Pick<Engine, "rejected">;
  /** A change as it is kept, the same text for equal ones. */
  readonly record: (change: ViewChange) => string;
  /** Makes rejects durable. */
  readonly reject: (by: RejectedBy, rejects: readonly Reject[]) => Promise<void>;
  readonly wallMs: () => number;
}

/** The dead letters of one output. */
export class DeadLetters {
  readonly #options: DeadLetterOptions;
  #step = -1n;
  /** How many of each record are left out of the step. */
  #left = new Map<string, number>();
  /** How many an earlier run gave up of the step whose records are no longer kept. */
  #unknown = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  /** Begins a step, or goes on with it: what an earlier run has given up of it stays so. */
  async begin(step: bigint): Promise<void> {
    if (step === this.#step) return;
    this.#left = new Map();
    this.#unknown = 0;
    if (step <= this.#options.recoveredStep) await this.#recover(step);
    this.#step = step;
  }

  /** The step's changes without those that are given up. */
  async *without(
    changes: AsyncIterable<readonly ViewChange[]>,
  ): AsyncGenerator<readonly ViewChange[]> {
    const left = new Map(this.#left);
    for await (const some of changes) {
      yield left.size === 0 ? some : some.filter((change) => !this.#isLeft(change, left));
    }
  }

  /** Gives rows up; resolves once that is durable. */
  async give(rows: readonly RefusedRow[]): Promise<void> {
    const { id: connector, endpoint, incarnation, maxKept, reject } = this.#options;
    const fresh: Reject[] = [];
    for (const row of rows) {
      const record = cutRecord(this.#options.record(row.change));
      this.#leave(record);
      if (this.#unknown > 0) this.#unknown -= 1;
      else fresh.push(this.#reject(row, record));
    }
    if (fresh.length > 0) await reject({ connector, endpoint, incarnation, maxKept }, fresh);
  }

  #reject({ column, message }: RefusedRow, record: string): Reject {
    return {
      partition: STEPS,
      offset: offset(this.#step),
      atMs: this.#options.wallMs(),
      error: message,
      field: column,
      record,
    };
  }

  async #recover(step: bigint): Promise<void> {
    const { id: connector, incarnation, engine } = this.#options;
    const { count, first } = await engine.rejected({
      connector,
      incarnation,
      spans: [{ partition: STEPS, from: offset(step), to: offset(step + 1n) }],
      unplaced: false,
      limit: Number.MAX_SAFE_INTEGER,
    });
    for (const { record } of first) if (record !== null) this.#leave(record);
    this.#unknown = count - first.length;
  }

  #leave(record: string): void {
    this.#left.set(record, (this.#left.get(record) ?? 0) + 1);
  }

  #isLeft(change: ViewChange, left: Map<string, number>): boolean {
    const record = cutRecord(this.#options.record(change));
    const count = left.get(record) ?? 0;
    if (count > 0) left.set(record, count - 1);
    return count > 0;
  }
}
