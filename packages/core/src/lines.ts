/** All lines of a board: where each waiter sits. */

import { type Claim, type ConnectorId } from "./claim.ts";
import { type Incarnation } from "./incarnation.ts";
import { Line } from "./line.ts";
import { type Waiter, type Watched } from "./waiter.ts";

/** Lines by connector, and there by incarnation; a line exists while someone waits on it. */
export class Lines {
  readonly #connectors = new Map<ConnectorId, Map<Incarnation, Line>>();

  /** The lines of one connector that someone waits on. */
  of(connector: ConnectorId): Iterable<Line> {
    return this.#connectors.get(connector)?.values() ?? [];
  }

  /** Every waiter, once. */
  waiters(): ReadonlySet<Waiter> {
    const all = new Set<Waiter>();
    for (const lines of this.#connectors.values()) {
      for (const line of lines.values()) for (const waiter of line.members()) all.add(waiter);
    }
    return all;
  }

  /** Takes in a waiter, which sits nowhere yet. */
  enter(waiter: Waiter): void {
    for (const claim of waiter.claims) this.#lineOf(claim).enter(waiter);
  }

  /** Lets a waiter that sits nowhere watch a position of its claims. */
  seat(waiter: Waiter, watched: Watched): void {
    this.#lineOf(watched.claim).seat(waiter, watched);
    waiter.watched = watched;
  }

  /** Takes a waiter from where it sits, if anywhere. */
  unseat(waiter: Waiter): void {
    const { watched } = waiter;
    if (watched === undefined) return;
    this.#lineOf(watched.claim).unseat(waiter, watched);
    waiter.watched = undefined;
  }

  /** Lets a waiter go. */
  leave(waiter: Waiter): void {
    this.unseat(waiter);
    for (const claim of waiter.claims) {
      const line = this.#lineOf(claim);
      line.leave(waiter);
      if (line.empty) this.#drop(claim);
    }
  }

  #lineOf(claim: Claim): Line {
    let lines = this.#connectors.get(claim.connector);
    if (lines === undefined) this.#connectors.set(claim.connector, (lines = new Map()));
    let line = lines.get(claim.incarnation);
    if (line === undefined) lines.set(claim.incarnation, (line = new Line(claim.incarnation)));
    return line;
  }

  #drop(claim: Claim): void {
    const lines = this.#connectors.get(claim.connector);
    lines?.delete(claim.incarnation);
    if (lines?.size === 0) this.#connectors.delete(claim.connector);
  }
}
