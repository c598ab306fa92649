/** What callers do with the tokens they hold: check them, wait for them, join them. */

import { type Claim, type Claims } from "./claims.ts";
import { type HistoryPlace } from "./history.ts";

/** The calls about tokens that every kind of history makes. */
export class ClaimActs {
  readonly #place: HistoryPlace;
  readonly #claims: Claims;

  constructor(place: HistoryPlace, claims: Claims) {
    this.#place = place;
    this.#claims = claims;
  }

  /** Checks some tokens. */
  async check(): Promise<void> {
    for (const claim of this.#some(3)) {
      const verdict = await this.#claims.check(claim);
      this.#place.note(`${claim.about}: ${JSON.stringify(verdict)}`);
    }
  }

  /** Waits for a token while the work goes on. */
  async wait(working: () => Promise<unknown>): Promise<void> {
    const { random, note } = this.#place;
    for (const claim of this.#some(1)) {
      const waiting = this.#claims.check(claim, random.whole(1, 3));
      const [verdict] = await Promise.all([waiting, working()]);
      note(`waited for ${claim.about}: ${JSON.stringify(verdict)}`);
    }
  }

  /** Has some tokens joined into one more. */
  async join(): Promise<void> {
    const some = this.#some(3);
    if (some.length > 1) await this.#claims.join(some);
  }

  #some(most: number): readonly Claim[] {
    const { all } = this.#claims;
    if (all.length === 0) return [];
    const { random } = this.#place;
    const count = random.whole(1, most + 1);
    return [...new Set(Array.from({ length: count }, () => random.pick(all)))];
  }
}
