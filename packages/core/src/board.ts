/** A board: the latest reading of every connector, and those who wait for it to pass their claims. */

import { type Claim, type ConnectorId } from "./claim.ts";
import { finalVerdict, isObservation, judgeAll, type Reading } from "./judge.ts";
import { Lines } from "./lines.ts";
import { type Observation, type Unobservable } from "./observation.ts";
import { Pace } from "./pace.ts";
import { type Verdict } from "./verdict.ts";
import { Waiter } from "./waiter.ts";
import { Watchers } from "./watchers.ts";

/**
 * The latest readings, and waiters on them. What a publish costs grows with those that it wakes and
 * the partitions that are waited on, not with all that wait. Callbacks run once the board is
 * consistent, those that came due earlier first and those of one reading in any order, and may use
 * it in any way; one that throws keeps no other from being called, and what they threw is thrown to
 * the outermost caller of the board afterwards, as one `AggregateError`.
 */
export class Board {
  readonly #readings = new Map<ConnectorId, Observation | Unobservable>();
  readonly #paces = new Map<ConnectorId, Pace>();
  readonly #lines = new Lines();
  readonly #watchers = new Watchers();
  readonly #readingOf = (connector: ConnectorId): Reading => this.#readings.get(connector);
  #due: (() => void)[] = [];
  #calling = false;
  #waiting = 0;
  #closed: string | undefined;

  /** Takes a reading and wakes exactly those whose claims it settles. Ignored once closed. */
  publish(reading: Observation | Unobservable): void {
    if (this.#closed !== undefined) return;
    const before = this.#readings.get(reading.connector);
    this.#readings.set(reading.connector, reading);
    if (isObservation(reading)) {
      this.#paceOf(reading.connector).note(reading);
      this.#wake(reading, { blind: before !== undefined && !isObservation(before) });
    }
    for (const changed of this.#watchers.of(reading.connector)) this.#due.push(changed);
    this.#call();
  }

  /**
   * The verdict on all claims together, from the latest readings; unknown once the board is closed.
   * No claims at all are a programmer's error (`RangeError`).
   */
  judge(claims: readonly Claim[]): Verdict {
    return this.#closing(claims) ?? judgeAll(claims, this.#readingOf);
  }

  /**
   * Registers, then checks: `settle` is called at most once, perhaps before this returns, with the
   * first verdict that is `complete` or `lost`, or with `unknown` once the board is closed.
   * Answers how to cancel, after which `settle` is not called. No claims at all are a programmer's
   * error (`RangeError`).
   */
  register(claims: readonly Claim[], settle: (verdict: Verdict) => void): () => void {
    if (claims.length === 0) throw new RangeError("there must be a claim to wait for");
    const waiter = new Waiter(claims, settle);
    this.#waiting++;
    const closing = this.#closing(claims);
    if (closing === undefined) {
      this.#lines.enter(waiter);
      this.#review(waiter);
    } else {
      this.#settle(waiter, closing);
    }
    this.#call();
    return () => this.#cancel(waiter);
  }

  /**
   * Calls `changed` after every publish that may move the verdict on these claims, and when the
   * board is closed; answers how to stop.
   */
  watch(claims: readonly Claim[], changed: () => void): () => void {
    if (this.#closed !== undefined) return () => {};
    return this.#watchers.add(new Set(claims.map(({ connector }) => connector)), changed);
  }

  /** Offsets a second that a connector's progress moves by, at this time of the readings' clock; undefined until it can be told. */
  pace(connector: ConnectorId, nowMs: number): number | undefined {
    return this.#paces.get(connector)?.perSecond(nowMs);
  }

  /** How many are registered and not yet settled. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settles all waiters, and every later one, as unknown with this message; only the first time counts. */
  close(message: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = message;
    for (const waiter of this.#lines.waiters()) {
      const closing = this.#closing(waiter.claims);
      if (closing !== undefined) this.#settle(waiter, closing);
    }
    for (const changed of this.#watchers.clear()) this.#due.push(changed);
    this.#readings.clear();
    this.#call();
  }

  #paceOf(connector: ConnectorId): Pace {
    let pace = this.#paces.get(connector);
    if (pace === undefined) this.#paces.set(connector, (pace = new Pace()));
    return pace;
  }

  #closing([first]: readonly Claim[]): Verdict | undefined {
    const message = this.#closed;
    if (message === undefined || first === undefined) return undefined;
    return { kind: "unknown", connector: first.connector, message };
  }

  /** After a blind time all are reviewed: those who came meanwhile were not judged by any reading. */
  #wake(observation: Observation, { blind }: { readonly blind: boolean }): void {
    for (const line of this.#lines.of(observation.connector)) {
      const { all, met } = line.observe(observation);
      for (const waiter of blind ? line.members() : all) this.#review(waiter);
      if (blind) continue;
      for (const waiter of met) this.#moveOn(waiter);
    }
  }

  /** Lets a waiter watch its next unmet position, or judges it as a whole where there is none left. */
  #moveOn(waiter: Waiter): void {
    const next = waiter.nextUnmet(this.#readingOf);
    if (next === undefined) this.#review(waiter);
    else this.#lines.seat(waiter, next);
  }

  /** Judges a waiter's claims together: settles it, or lets it watch the first unmet position. */
  #review(waiter: Waiter): void {
    const verdict = finalVerdict(waiter.claims, this.#readingOf);
    if (verdict !== undefined) return this.#settle(waiter, verdict);
    this.#lines.unseat(waiter);
    waiter.rewind();
    return this.#moveOn(waiter);
  }

  #settle(waiter: Waiter, verdict: Verdict): void {
    this.#lines.leave(waiter);
    this.#due.push(() => {
      if (waiter.done) return;
      waiter.done = true;
      this.#waiting--;
      waiter.settle(verdict);
    });
  }

  #cancel(waiter: Waiter): void {
    if (waiter.done) return;
    waiter.done = true;
    this.#waiting--;
    this.#lines.leave(waiter);
  }

  /** Calls what is due, and what comes due meanwhile; a call inside a call leaves that to the outer one. */
  #call(): void {
    if (this.#calling || this.#due.length === 0) return;
    this.#calling = true;
    const faults: unknown[] = [];
    for (const call of this.#due) {
      try {
        call();
      } catch (fault) {
        faults.push(fault);
      }
    }
    this.#due = [];
    this.#calling = false;
    if (faults.length > 0) throw new AggregateError(faults, "callbacks of waiters threw");
  }
}
