/** A history of steps: which step first covered a frontier. */

import { equal, type Frontier, lessEqual } from "@tidemark/core";

const KEPT = 1024;

/** The steps that moved one number line forward, the latest 512 to 1024 of them. */
export class StepHistory {
  #entries: { readonly frontier: Frontier; readonly step: bigint }[] = [];

  /** Takes the next step; its frontier covers the ones before. */
  add(frontier: Frontier, step: bigint): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && equal(last.frontier, frontier)) return;
    if (this.#entries.length === KEPT) this.#entries.splice(0, KEPT / 2);
    this.#entries.push({ frontier, step });
  }

  /** The first step known to cover the target; undefined where none does. */
  covering(target: Frontier): bigint | undefined {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && lessEqual(target, entry.frontier)) high = middle;
      else low = middle + 1;
    }
    return this.#entries[low]?.step;
  }
}
