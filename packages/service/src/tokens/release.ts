/** Releasing woken waiters in portions, so that no crowd of them holds up the event loop. */

import { type Scheduler } from "../service-options.ts";

/** Runs so many releases per turn of the event loop; those beyond wait for the next, in order. */
export class Release {
  readonly #perTurn: number;
  readonly #scheduler: Pick<Scheduler, "nextTurn">;
  #queue: (() => void)[] = [];
  #left: number;
  #scheduled = false;

  constructor(perTurn: number, scheduler: Pick<Scheduler, "nextTurn">) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
    this.#scheduler = scheduler;
  }

  /** Runs it now if this turn has room for it, else in a later one. */
  run(release: () => void): void {
    this.#schedule();
    if (this.#left > 0 && this.#queue.length === 0) {
      this.#left -= 1;
      release();
    } else {
      this.#queue.push(release);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#left = this.#perTurn;
    const portion = this.#queue.splice(0, this.#perTurn);
    this.#left -= portion.length;
    if (portion.length > 0) this.#schedule();
    for (const release of portion) release();
  }
}
