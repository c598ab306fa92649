/** A pace: how fast a connector's progress moves, measured over the last seconds. */

import { totalLag } from "./frontier.ts";
import { type Observation } from "./observation.ts";

/** Two samples lie at least this far apart, so that a pace covers from one to two of these. */
const WINDOW_MS = 5000;

/** Measures one connector by some of its observations, whatever their number. */
export class Pace {
  #base: Observation | undefined;
  #next: Observation | undefined;
  #latest: Observation | undefined;

  /** Takes an observation in; one of another incarnation, or of progress moved back, starts anew. */
  note(observation: Observation): void {
    const before = this.#latest;
    this.#latest = observation;
    const goesOn =
      before?.incarnation === observation.incarnation &&
      totalLag(before.frontier, observation.frontier) === 0n;
    if (!goesOn) {
      this.#base = observation;
      this.#next = observation;
    } else if (observation.atMs - (this.#next?.atMs ?? 0) >= WINDOW_MS) {
      this.#base = this.#next;
      this.#next = observation;
    }
  }

  /** Offsets a second, over all partitions, at this time of the observations' clock; undefined until it can be told. */
  perSecond(nowMs: number): number | undefined {
    const base = this.#base;
    const latest = this.#latest;
    if (base === undefined || latest === undefined || base === latest) return undefined;
    const elapsedMs = nowMs - base.atMs;
    if (!(elapsedMs > 0)) return undefined;
    return (Number(totalLag(latest.frontier, base.frontier)) * 1000) / elapsedMs;
  }
}
