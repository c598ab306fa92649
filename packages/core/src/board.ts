/** A board: the latest reading of every connector, and those who wait for it to pass their claims. */

import { type Claim } from "./claim.ts";
import { type Observation, type Unobservable } from "./observation.ts";
import { type Verdict } from "./verdict.ts";

/** The latest readings, and waiters on them. */
export class Board {
  /** Takes a reading and wakes exactly those whose claims it settles. */
  publish(_reading: Observation | Unobservable): void {
    throw new Error("pending");
  }

  /** The verdict on all claims together, from the latest readings. */
  judge(_claims: readonly Claim[]): Verdict {
    throw new Error("pending");
  }

  /**
   * Registers, then checks: `settle` is called at most once, perhaps before this returns, with the
   * first verdict that is `complete` or `lost`, or with `unknown` once the board is closed.
   * Answers how to cancel, after which `settle` is not called.
   */
  register(_claims: readonly Claim[], _settle: (verdict: Verdict) => void): () => void {
    throw new Error("pending");
  }

  /** Calls `changed` after every publish that may move the verdict on these claims; answers how to stop. */
  watch(_claims: readonly Claim[], _changed: () => void): () => void {
    throw new Error("pending");
  }

  /** How many are registered and not yet settled. */
  get waiting(): number {
    throw new Error("pending");
  }

  /** Settles all waiters, and every later one, as unknown with this message. */
  close(_message: string): void {
    throw new Error("pending");
  }
}
