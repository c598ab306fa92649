/** Reject totals: how many records of every number line were rejected, durably. */

import { type ConnectorId, type Incarnation } from "@tidemark/core";

import { outputLine } from "./step-rejects.ts";
import { type RejectTotal, type StepRejects } from "../reject.ts";

/** Counts what commits have made durable, those of earlier runs included. */
export class RejectTotals {
  readonly #byLine = new Map<ConnectorId, Map<Incarnation, number>>();

  readonly #life: string;
  #version = 0;

  constructor(recovered: readonly RejectTotal[], life: string) {
    this.#life = life;
    for (const total of recovered) this.#add(total);
  }

  /** Changes whenever something was rejected. */
  get version(): number {
    return this.#version;
  }

  /** Takes what a step rejected. */
  committed(rejects: readonly StepRejects[]): void {
    if (rejects.length > 0) this.#version += 1;
    for (const each of rejects) this.#add(each);
  }

  /** Of one incarnation of a connector. */
  of(connector: ConnectorId, incarnation: Incarnation): number {
    return this.#byLine.get(connector)?.get(incarnation) ?? 0;
  }

  /** The connectors that have rejects. */
  get connectors(): readonly ConnectorId[] {
    return [...this.#byLine.keys()];
  }

  /** Of a connector, on all number lines that it ever had. */
  ofAll(connector: ConnectorId): number {
    let sum = 0;
    for (const count of this.#byLine.get(connector)?.values() ?? []) sum += count;
    return sum;
  }

  /** Whether outputs have rejects. */
  get hasOutputs(): boolean {
    return this.connectors.some(
      (connector) => this.of(connector, outputLine(this.#life, connector)) > 0,
    );
  }

  #add({ connector, incarnation, count }: RejectTotal): void {
    let lines = this.#byLine.get(connector);
    if (lines === undefined) this.#byLine.set(connector, (lines = new Map()));
    lines.set(incarnation, (lines.get(incarnation) ?? 0) + count);
  }
}
