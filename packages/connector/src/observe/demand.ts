/** Demand: who waits for an observed connector, and for how much. */

import { type Claim, EMPTY, type Frontier, join } from "@tidemark/core";

/** Counts those who wait, and knows how far they want progress to come. */
export class Demand {
  #waiting = 0;
  #wanted: Frontier = EMPTY;

  /** Takes a claim in; answers how to take it back, once. */
  add({ frontier }: Claim): () => void {
    this.#waiting += 1;
    this.#wanted = join(this.#wanted, frontier);
    return () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#wanted = EMPTY;
    };
  }

  /** True while nobody waits. */
  get none(): boolean {
    return this.#waiting === 0;
  }

  /** Covers the target of everybody who waits; falls back only when nobody does, which keeps it cheap. */
  get wanted(): Frontier {
    return this.#wanted;
  }
}
