/** A waiter: claims that someone waits for, and the one position it is woken by. */

import { type Claim, type ConnectorId } from "./claim.ts";
import { type Partition, offsetAt } from "./frontier.ts";
import { type HeapEntry } from "./heap.ts";
import { type Reading, standing } from "./judge.ts";
import { type Verdict } from "./verdict.ts";

/** A position that a waiter watches: the target it is woken by is the waiter's `target`. */
export interface Watched {
  readonly claim: Claim;
  readonly partition: Partition;
}

/**
 * Goes through the positions of its claims in order, watching one unmet position at a time; it
 * comes back to one that was met only when all of them are judged together.
 */
export class Waiter implements HeapEntry {
  readonly claims: readonly Claim[];
  readonly settle: (verdict: Verdict) => void;
  target = 0n;
  slot = 0;
  /** The position it sits at; undefined while it sits nowhere. */
  watched: Watched | undefined;
  /** It was told its verdict, or does not want it any more. */
  done = false;
  #claim = 0;
  #position = 0;

  constructor(claims: readonly Claim[], settle: (verdict: Verdict) => void) {
    this.claims = claims;
    this.settle = settle;
  }

  /** The first position from the last one on that is not met; undefined where there is none. */
  nextUnmet(readingOf: (connector: ConnectorId) => Reading): Watched | undefined {
    let claim = this.claims[this.#claim];
    while (claim !== undefined) {
      const watched = this.#nextOf(claim, readingOf(claim.connector));
      if (watched !== undefined) return watched;
      this.#position = 0;
      claim = this.claims[++this.#claim];
    }
    return undefined;
  }

  /** Starts again at the first position. */
  rewind(): void {
    this.#claim = 0;
    this.#position = 0;
  }

  /** While a claim can't be measured its next position is as good as unmet. */
  #nextOf(claim: Claim, reading: Reading): Watched | undefined {
    const stands = standing(claim, reading);
    const { positions } = claim.frontier;
    let next = positions[this.#position];
    if (stands.kind === "measured") {
      while (next !== undefined && next[1] <= offsetAt(stands.at, next[0])) {
        next = positions[++this.#position];
      }
      if (next === undefined) return undefined;
    }
    const [partition, target] = next ?? ["", 0n];
    this.target = target;
    return { claim, partition };
  }
}
