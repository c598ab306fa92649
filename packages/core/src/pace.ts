/** A pace: how fast a connector's progress moves, measured over the last seconds. */

import { totalLag } from "./frontier.ts";
import { type Observation } from "./observation.ts";

/** Two samples are at least this far apart, so that a pace covers from one to two of these. */
const WINDOW_MS = 5000;

/** Progress that has not moved for this long has no pace. */
export const PACE_EXPIRES_MS = 5000;

/** Measures one connector by some of its observations, whatever their number. */
export class Pace {
  #base: Observation | undefined;
  #next: Observation | undefined;
  #latest: Observation | undefined;
  /** The latest that showed progress. */
  #moved: Observation | undefined;

  /** Records an observation; another incarnation, progress moved back, or a long time without any starts over. */
  note(observation: Observation): void {
    const before = this.#latest;
    this.#latest = observation;
    if (!continues(before, observation)) {
      this.#base = observation;
      this.#next = observation;
      this.#moved = observation;
    } else if (totalLag(observation.frontier, before.frontier) > 0n) {
      this.#moved = observation;
      if (observation.atMs - (this.#next?.atMs ?? 0) < WINDOW_MS) return;
      this.#base = this.#next;
      this.#next = observation;
    }
  }

  /**
   * Offsets a second, over all partitions, as of the last progress. Undefined until two observations
   * show progress, and where nothing has moved lately by this time of the observations' clock.
   */
  perSecond(nowMs: number): number | undefined {
    const base = this.#base;
    const moved = this.#moved;
    if (base === undefined || moved === undefined || base === moved) return undefined;
    if (nowMs - moved.atMs >= PACE_EXPIRES_MS) return undefined;
    const elapsedMs = moved.atMs - base.atMs;
    if (!(elapsedMs > 0)) return undefined;
    return (Number(totalLag(moved.frontier, base.frontier)) * 1000) / elapsedMs;
  }
}

/** Whether one measurement can span both: same line, no step back, and observed all the while. */
function continues(before: Observation | undefined, now: Observation): before is Observation {
  return (
    before?.incarnation === now.incarnation &&
    totalLag(before.frontier, now.frontier) === 0n &&
    now.atMs - before.atMs < 2 * WINDOW_MS
  );
}
