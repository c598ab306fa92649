/** A fault log: how many faults of one kind a connector met, and the latest of them. */

import { type ConnectorFault } from "../running-pipeline.ts";

const KEPT = 100;

/** Counts faults and keeps the latest 100. */
export class FaultLog {
  readonly #now: () => number;
  #count = 0;
  #latest: readonly ConnectorFault[] = [];

  constructor(wallMs: () => number) {
    this.#now = wallMs;
  }

  /** Takes one. */
  add(message: string, tag: string | null = null): void {
    const fault = { timestampMs: this.#now(), index: this.#count, tag, message };
    this.#count += 1;
    this.#latest = [...this.#latest.slice(1 - KEPT), fault];
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** The latest, oldest first. */
  get latest(): readonly ConnectorFault[] {
    return this.#latest;
  }
}
