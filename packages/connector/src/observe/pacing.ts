/** Pacing: how long to rest between two readings that someone waits for. */

/** Bounds on the rest between readings, in milliseconds. */
export interface PacingLimits {
  /** After a reading that showed progress. */
  readonly shortestMs: number;
  /** While someone waits and the source answers. */
  readonly longestMs: number;
  /** The longest back-off while the source does not answer. */
  readonly longestBackOffMs: number;
}

/** A waiter is woken at most 50 ms after a reading could have seen what it waits for. */
export const DEFAULT_PACING: PacingLimits = {
  shortestMs: 10,
  longestMs: 40,
  longestBackOffMs: 5000,
};

/**
 * Quick while things move, slower while they rest, backing off with jitter while the source is away.
 * Rests end at moments that all have in common, so that what is read from one source is read together:
 * the number of readings does not grow with those who want one.
 */
export class Pacing {
  readonly #limits: PacingLimits;
  readonly #random: () => number;
  #restMs: number;
  #backOffMs: number;

  constructor(limits: PacingLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
    this.#restMs = limits.shortestMs;
    this.#backOffMs = limits.longestMs;
  }

  /** How long to rest after a reading that succeeded, by a monotonic clock that all share. */
  afterReading({ moved, nowMs }: { readonly moved: boolean; readonly nowMs: number }): number {
    const { shortestMs, longestMs } = this.#limits;
    this.#backOffMs = longestMs;
    this.#restMs = moved ? shortestMs : Math.min(longestMs, this.#restMs * 2);
    return this.#restMs - (nowMs % this.#restMs);
  }

  /** How long to rest after one that failed: doubling, from half of that to all of it. */
  afterFailure(): number {
    this.#restMs = this.#limits.shortestMs;
    this.#backOffMs = Math.min(this.#limits.longestBackOffMs, this.#backOffMs * 2);
    return this.#backOffMs * (0.5 + this.#random() / 2);
  }
}
