/** What waking costs, counted in looks at claims. */

import { expect, test } from "vitest";

import { Board } from "./board.ts";
import { type Claim } from "./claim.ts";
import { claimOf, endedAs, observationOf } from "./testing/observing.ts";

/** A claim that counts how often anybody looks at its target. */
function countedClaim(claim: Claim, looks: { count: number }): Claim {
  return {
    ...claim,
    get frontier() {
      looks.count++;
      return claim.frontier;
    },
  };
}

test("L14: a publish looks at no claim that it does not wake, however many wait", () => {
  const board = new Board();
  board.publish(observationOf({}));
  const looks = { count: 0 };
  const told: number[] = [];
  for (let i = 1; i <= 5000; i++) {
    const claim = claimOf({ [String(i % 10)]: 1000 + i });
    board.register([countedClaim(claim, looks)], () => told.push(i));
  }
  looks.count = 0;
  for (let at = 1; at <= 1000; at++) board.publish(observationOf({ "0": at, "1": at }));
  expect([looks.count, told.length]).toEqual([0, 0]);
  board.publish(observationOf({ "1": 1101 }));
  expect(told.toSorted((a, b) => a - b)).toEqual([1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 101]);
  expect(looks.count).toBeLessThanOrEqual(told.length * 5);
});

test("L14: waking one costs the same whether one waits or thousands do", () => {
  const counts = [1, 10, 5000].map((others) => {
    const board = new Board();
    board.publish(observationOf({}));
    const looks = { count: 0 };
    for (let i = 0; i < others; i++) {
      board.register([countedClaim(claimOf({ "0": 1000 + i }), looks)], () => {});
    }
    board.register([countedClaim(claimOf({ "0": 5, "1": 5 }), looks)], () => {});
    looks.count = 0;
    board.publish(observationOf({ "0": 5 }));
    board.publish(observationOf({ "0": 5, "1": 5 }));
    expect(board.waiting).toBe(others);
    return looks.count;
  });
  expect(new Set(counts).size).toBe(1);
});

test("L14: the waiters of an ended incarnation are looked at once when it ends, and then as they wake", () => {
  const board = new Board();
  board.publish(observationOf({}));
  const looks = { count: 0 };
  for (let i = 1; i <= 100; i++)
    board.register([countedClaim(claimOf({ "0": i }), looks)], () => {});
  const publishAfterEnd = (offset: number): void =>
    board.publish(
      observationOf({}, { life: "next", ended: endedAs("now", { "0": 100 }, { "0": offset }) }),
    );
  publishAfterEnd(0);
  looks.count = 0;
  for (let i = 0; i < 50; i++) publishAfterEnd(0);
  expect(looks.count).toBe(0);
  publishAfterEnd(2);
  expect(board.waiting).toBe(98);
  expect(looks.count).toBeLessThanOrEqual(2 * 5);
});

test("L14: who was told or has cancelled is never looked at again", () => {
  const board = new Board();
  board.publish(observationOf({}));
  board.publish(observationOf({}, { of: "d" }));
  const looks = { count: 0 };
  const both = [claimOf({ "0": 1, "1": 1 }), claimOf({ "0": 1 }, { connector: "d" })];
  const claims = both.map((claim) => countedClaim(claim, looks));
  const register = (): (() => void) => board.register(claims, () => {});
  const looksAfter = (work: () => void): number => {
    looks.count = 0;
    work();
    return looks.count;
  };
  const passEverything = (): void => {
    for (const of of ["c", "d"]) {
      board.publish(observationOf({ "0": 9, "1": 9 }, { of }));
      board.publish(observationOf({}, { of, life: "next" }));
      board.publish(observationOf({}, { of }));
    }
  };

  board.register([claimOf({ "0": 99, "1": 99 })], () => {});
  for (const cancel of Array.from({ length: 10 }, register)) cancel();
  expect(looksAfter(() => board.publish(observationOf({ "0": 9, "1": 9 })))).toBe(0);
  expect(looksAfter(passEverything)).toBe(0);

  const moved = Array.from({ length: 10 }, register);
  board.publish(observationOf({ "0": 1 }));
  for (const cancel of moved) cancel();
  expect(looksAfter(passEverything)).toBe(0);

  for (let i = 0; i < 10; i++) register();
  passEverything();
  expect([board.waiting, looksAfter(passEverything)]).toEqual([0, 0]);
});

test("L14: why progress is held up is asked only where a verdict says it", () => {
  const board = new Board();
  let asked = 0;
  const publish = (offset: number): void =>
    board.publish({
      ...observationOf({ "0": offset }),
      get reasons() {
        asked++;
        return [];
      },
    });
  publish(0);
  board.register([claimOf({ "0": 1 })], () => {});
  publish(1);
  expect(asked).toBe(0);
  board.judge([claimOf({ "0": 2 })]);
  expect(asked).toBe(1);
});

test("L14: a change of incarnation looks only at the waiters of that connector", () => {
  const board = new Board();
  board.publish(observationOf({}));
  board.publish(observationOf({}, { of: "d" }));
  const looks = { count: 0 };
  for (let i = 1; i <= 1000; i++)
    board.register([countedClaim(claimOf({ "0": i }), looks)], () => {});
  const lost: string[] = [];
  board.register([claimOf({ "0": 1 }, { connector: "d" })], ({ kind }) => lost.push(kind));
  looks.count = 0;
  board.publish(observationOf({}, { of: "d", life: "next" }));
  expect([lost, looks.count]).toEqual([["lost"], 0]);
});

test("L14: a waiter for many partitions looks at them a bounded number of times in all", () => {
  const partitions = 400;
  const board = new Board();
  board.publish(observationOf({}));
  const names = Array.from({ length: partitions }, (_, i) => String(i)).toSorted();
  const target = claimOf(Object.fromEntries(names.map((name) => [name, 1])));
  let looks = 0;
  const positions = new Proxy(target.frontier.positions, {
    get(list, key, receiver): unknown {
      if (typeof key === "string" && /^[0-9]/u.test(key)) looks++;
      return Reflect.get(list, key, receiver);
    },
  });
  const told: string[] = [];
  board.register([{ ...target, frontier: { positions } }], ({ kind }) => told.push(kind));
  const reached: Record<string, number> = {};
  for (const name of names) {
    reached[name] = 1;
    board.publish(observationOf(reached));
  }
  expect(told).toEqual(["complete"]);
  expect(looks).toBeLessThanOrEqual(5 * partitions);
});
