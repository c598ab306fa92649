/** Held steps: the steps that an output has still to take, and whether it is time to. */

import { type OutputBuffer } from "@tidemark/program";

/** A buffer is delivered at the latest when it holds so many steps, as storage keeps each one. */
const MAX_STEPS = 1000;

/** Steps in order, held back as the connector's output buffer asks. */
export class HeldSteps {
  readonly #buffer: OutputBuffer | undefined;
  readonly #monotonicMs: () => number;
  #steps: { readonly step: bigint; readonly records: number; readonly sinceMs: number }[] = [];
  #records = 0;
  /** All that was held when it was last time to deliver is delivered, up to this step. */
  #due = -1n;
  #flushing = false;

  constructor(buffer: OutputBuffer | undefined, monotonicMs: () => number) {
    this.#buffer = buffer;
    this.#monotonicMs = monotonicMs;
  }

  get length(): number {
    return this.#steps.length;
  }

  /** Rows in them, as far as they are of this run. */
  get records(): number {
    return this.#records;
  }

  /** The oldest step. */
  get first(): bigint | undefined {
    return this.#steps[0]?.step;
  }

  /** Whether they wait for more to come, rather than for the sink. */
  get isHeldBack(): boolean {
    return this.length > 0 && !this.isDue;
  }

  /** Whether the oldest step is to be taken now. */
  get isDue(): boolean {
    const { first } = this;
    if (first === undefined) return false;
    if (first <= this.#due) return true;
    if (!this.#isTime()) return false;
    this.#due = this.#steps.at(-1)?.step ?? first;
    return true;
  }

  /** Milliseconds until it is time at the latest; absent where time brings nothing. */
  get dueInMs(): number | undefined {
    const since = this.#steps[0]?.sinceMs;
    const most = this.#buffer?.maxTimeMs;
    if (since === undefined || most === undefined) return undefined;
    return Math.max(0, since + most - this.#monotonicMs());
  }

  /** Adds a step; how many rows one of an earlier run has is not known, so it is not held back. */
  add(step: bigint, records: number | undefined): void {
    this.#steps.push({ step, records: records ?? 0, sinceMs: this.#monotonicMs() });
    this.#records += records ?? 0;
    if (records === undefined) this.#due = step;
  }

  /** The oldest step is taken. */
  shift(): void {
    this.#records -= this.#steps.shift()?.records ?? 0;
  }

  /** Holds nothing back any more. */
  flush(): void {
    this.#flushing = true;
  }

  #isTime(): boolean {
    if (this.#buffer === undefined || this.#flushing || this.length >= MAX_STEPS) return true;
    return this.#records >= this.#buffer.maxRecords || this.dueInMs === 0;
  }
}
