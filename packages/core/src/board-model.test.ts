/** The board held against a naive one that judges everybody after everything. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Board } from "./board.ts";
import { type Claim, connectorId } from "./claim.ts";
import { frontier } from "./frontier.ts";
import { incarnation } from "./incarnation.ts";
import { judgeAll, type Reading } from "./judge.ts";
import { type Observation, type Unobservable } from "./observation.ts";
import { readings, smallClaims } from "./testing/generators.ts";
import { claimOf, endedAs, observationOf } from "./testing/observing.ts";
import { type Verdict } from "./verdict.ts";

type Action =
  | { readonly kind: "publish"; readonly reading: Observation | Unobservable }
  | { readonly kind: "register"; readonly claims: readonly Claim[] }
  | { readonly kind: "cancel"; readonly which: number }
  | { readonly kind: "close" };

const registrations = fc.record({
  kind: fc.constant("register" as const),
  claims: fc.array(smallClaims, { minLength: 1, maxLength: 3 }),
});
const publications = fc.record({ kind: fc.constant("publish" as const), reading: readings });
const closePositions = fc.record({ "0": fc.nat({ max: 9 }), "1": fc.nat({ max: 9 }) });
const cancellations = fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() });

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: publications },
  { weight: 10, arbitrary: registrations },
  { weight: 2, arbitrary: cancellations },
  { weight: 1, arbitrary: fc.constant({ kind: "close" as const }) },
);

/** Everybody on one number line of two partitions, so that many sit in one place. */
const crowded: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("register" as const),
      claims: fc
        .tuple(closePositions, fc.boolean())
        .map(([positions, ended]) => [
          claimOf(positions, { connector: "a", incarnation: ended ? "one" : "two" }),
        ]),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(closePositions, closePositions).map(([now, then]) => ({
      kind: "publish" as const,
      reading: observationOf(now, {
        of: "a",
        life: "two",
        ended: endedAs("one", { "0": 9, "1": 9 }, then),
      }),
    })),
  },
  { weight: 2, arbitrary: cancellations },
);

const histories = fc.oneof(
  fc.array(actions, { maxLength: 60, size: "max" }),
  fc.array(crowded, { maxLength: 60, size: "max" }),
  fc.array(fc.oneof(actions, crowded), { maxLength: 60, size: "max" }),
);

/** Judges everybody after everything. */
class NaiveBoard {
  readonly told = new Map<number, Verdict>();
  readonly #readings = new Map<string, Reading>();
  readonly #waiting = new Map<number, readonly Claim[]>();
  #registered = 0;
  #closed = false;

  act(action: Action): void {
    switch (action.kind) {
      case "publish":
        this.#readings.set(action.reading.connector, action.reading);
        break;
      case "register":
        this.#waiting.set(this.#registered++, action.claims);
        break;
      case "cancel":
        this.#waiting.delete(action.which % Math.max(1, this.#registered));
        break;
      case "close":
        this.#closed = true;
        break;
    }
    for (const [id, claims] of this.#waiting) this.#check(id, claims);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  #check(id: number, claims: readonly Claim[]): void {
    const connector = claims[0]?.connector;
    const verdict: Verdict =
      this.#closed && connector !== undefined
        ? { kind: "unknown", connector, message: "closed" }
        : judgeAll(claims, (of) => this.#readings.get(of));
    if (!this.#closed && verdict.kind !== "complete" && verdict.kind !== "lost") return;
    this.#waiting.delete(id);
    this.told.set(id, verdict);
  }
}

/** The real board, noting what each registration is told. */
class NotingBoard {
  readonly board = new Board();
  readonly told = new Map<number, Verdict>();
  readonly calls = new Map<number, number>();
  /** Those neither told nor cancelled. */
  readonly open = new Map<number, readonly Claim[]>();
  readonly #cancels: (() => void)[] = [];
  #registered = 0;

  act(action: Action, then: (id: number) => void = () => {}): void {
    switch (action.kind) {
      case "publish":
        this.board.publish(action.reading);
        break;
      case "register": {
        const id = this.#registered++;
        this.open.set(id, action.claims);
        const cancel = this.board.register(action.claims, (verdict) => {
          this.told.set(id, verdict);
          this.open.delete(id);
          this.calls.set(id, (this.calls.get(id) ?? 0) + 1);
          then(id);
        });
        this.#cancels[id] = cancel;
        break;
      }
      case "cancel":
        this.#cancel(action.which % Math.max(1, this.#registered));
        break;
      case "close":
        this.board.close("closed");
        break;
    }
  }

  #cancel(id: number): void {
    this.#cancels[id]?.();
    if (this.#cancels[id] !== undefined) this.open.delete(id);
  }
}

function byId(told: ReadonlyMap<number, Verdict>): (readonly [number, Verdict])[] {
  return [...told].toSorted(([a], [b]) => a - b);
}

test("L9: after everything that happens, exactly those are told whom judging everybody would tell", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const naive = new NaiveBoard();
      const real = new NotingBoard();
      const trace = history.map((action) => {
        naive.act(action);
        real.act(action);
        return [naive.told.size, naive.waiting, real.told.size, real.board.waiting];
      });
      expect(trace.filter(([told, waiting, a, b]) => told !== a || waiting !== b)).toEqual([]);
      expect(byId(real.told)).toEqual(byId(naive.told));
      expect([...real.calls.values()].every((count) => count === 1)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("L9: whether a waiter registers before or after a reading makes no difference", () => {
  const rounds = fc.uniqueArray(readings, { selector: ({ connector }) => connector });
  fc.assert(
    fc.property(rounds, registrations, fc.nat({ max: 2 }), (round, registration, moment) => {
      const kindAt = (when: number): string | undefined => {
        const real = new NotingBoard();
        for (const connector of ["a", "b"].map(connectorId)) {
          real.act({ kind: "publish", reading: { connector, message: "not read yet" } });
        }
        for (const reading of round.slice(0, when)) real.act({ kind: "publish", reading });
        real.act(registration);
        for (const reading of round.slice(when)) real.act({ kind: "publish", reading });
        return real.told.get(0)?.kind;
      };
      expect(kindAt(moment)).toBe(kindAt(round.length));
    }),
    { numRuns: 300 },
  );
});

test("L9: closing leaves nobody waiting, and everybody not cancelled was told exactly once", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const real = new NotingBoard();
      const cancelled = history.some(({ kind }) => kind === "cancel");
      for (const action of history) real.act(action);
      real.act({ kind: "close" });
      const registered = history.filter(({ kind }) => kind === "register").length;
      expect(real.board.waiting).toBe(0);
      expect(real.calls.size === registered || cancelled).toBe(true);
      expect([...real.calls.values()].every((count) => count === 1)).toBe(true);
    }),
  );
});

test("L15: callbacks that use the board in any way leave nobody waiting who should have been told", () => {
  fc.assert(
    fc.property(histories, histories, (history, nested) => {
      const real = new NotingBoard();
      const pending = nested.toReversed();
      const then = (): void => {
        const action = pending.pop();
        if (action !== undefined) real.act(action, then);
      };
      for (const action of history) real.act(action, then);
      expect([...real.calls.values()].every((count) => count === 1)).toBe(true);
      expect(real.board.waiting).toBe(real.open.size);
      const kinds = [...real.open.values()].map((claims) => real.board.judge(claims).kind);
      expect(kinds).not.toContain("complete");
      expect(kinds).not.toContain("lost");
    }),
    { numRuns: 300 },
  );
});

test("L5: two boards with the same latest readings judge alike, whatever they held before", () => {
  const lists = fc.array(readings, { maxLength: 6 });
  fc.assert(
    fc.property(lists, lists, registrations, (before, last, { claims }) => {
      const [fresh, old] = [new Board(), new Board()];
      for (const reading of before) old.publish(reading);
      const connectors = new Set([...before, ...last].map(({ connector }) => connector));
      const latest = new Map(last.map((reading) => [reading.connector, reading]));
      for (const connector of connectors) {
        const reading = latest.get(connector) ?? { connector, message: "down" };
        old.publish(reading);
        fresh.publish(reading);
      }
      expect(old.judge(claims)).toEqual(fresh.judge(claims));
    }),
  );
});

test("L9: one who came while a connector could not be read is judged by its next reading", () => {
  const board = new Board();
  const connector = connectorId("c");
  const [gone, current] = [incarnation("gone"), incarnation("current")];
  const end = frontier([["0", 5n]]);
  const reading = {
    connector,
    incarnation: current,
    frontier: frontier([]),
    level: "delivered",
    atMs: 0,
    ended: () => ({ incarnation: gone, finalFrontier: end, frontier: end }),
    reasons: [],
  } as const;
  const claim = (target: bigint): Claim => ({
    connector,
    incarnation: gone,
    frontier: frontier([["0", target]]),
    level: "delivered",
  });
  const delivering = {
    ...reading,
    ended: () => ({ ...reading.ended(), frontier: frontier([]) }),
  };
  board.publish(delivering);
  board.register([claim(5n)], () => undefined);
  board.publish(delivering);
  board.publish({ connector, message: "not reachable" });
  const told: string[] = [];
  board.register([claim(6n)], ({ kind }) => told.push(kind));
  board.publish(reading);
  expect(told).toEqual(["lost"]);
});
