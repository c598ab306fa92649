/** A scheduler whose time passes only when a test says so. */

import { type Scheduler } from "../service-options.ts";

/** Timers fire in {@link ManualScheduler.advance}, turns end in {@link ManualScheduler.turn}. */
export class ManualScheduler implements Scheduler {
  readonly #timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  #turns: (() => void)[] = [];
  #ids = 0;
  nowMs = 0;

  /** Timers that are waiting. */
  get timers(): number {
    return this.#timers.size;
  }

  after(ms: number, run: () => void): () => void {
    const id = (this.#ids += 1);
    this.#timers.set(id, { atMs: this.nowMs + ms, run });
    return () => {
      this.#timers.delete(id);
    };
  }

  nextTurn(run: () => void): void {
    this.#turns.push(run);
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    this.nowMs += ms;
    const due = [...this.#timers].filter(([, timer]) => timer.atMs <= this.nowMs);
    for (const [id, timer] of due) {
      this.#timers.delete(id);
      timer.run();
    }
  }

  /** Begins the next turn; answers whether anything was waiting for it. */
  turn(): boolean {
    const turns = this.#turns;
    this.#turns = [];
    for (const run of turns) run();
    return turns.length > 0;
  }
}
