/** Laws of waiting, by example. */

import { describe, expect, test } from "vitest";

import { Board } from "./board.ts";
import { type Claim, connectorId } from "./claim.ts";
import { type Observation } from "./observation.ts";
import { claimOf, endedAs, observationOf } from "./testing/observing.ts";
import { type Verdict } from "./verdict.ts";

/** Registers and answers what it was told, in order. */
function waitOn(board: Board, ...claims: readonly Claim[]): { told: string[]; cancel: () => void } {
  const told: string[] = [];
  const cancel = board.register(claims, (verdict) => told.push(verdict.kind));
  return { told, cancel };
}

/** A reading after the incarnation ended at one offset, of which so much has come through by now. */
function afterEnd(finalOffset: number, offset: number): Observation {
  const ended = endedAs("now", { "0": finalOffset }, { "0": offset });
  return observationOf({}, { life: "next", ended });
}

describe("settling", () => {
  test("L2: a waiter is told complete by the reading that completes it, wherever it waits", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const waiter = waitOn(board, claimOf({ "0": 2, "1": 2, "2": 1 }));
    board.publish(observationOf({ "0": 2, "2": 5 }));
    board.publish(observationOf({ "0": 9, "1": 1, "2": 5 }));
    expect([waiter.told, board.waiting]).toEqual([[], 1]);
    board.publish(observationOf({ "0": 9, "1": 2, "2": 5 }));
    expect([waiter.told, board.waiting]).toEqual([["complete"], 0]);
  });

  test("L9: what is complete or lost already is told before registering returns", () => {
    const board = new Board();
    board.publish(observationOf({ "0": 2 }));
    expect(waitOn(board, claimOf({ "0": 2 })).told).toEqual(["complete"]);
    expect(waitOn(board, claimOf({ "0": 2 }, { incarnation: "other" })).told).toEqual(["lost"]);
    expect(waitOn(board, claimOf({ "0": 2 }, { connector: "other" })).told).toEqual(["lost"]);
    expect(board.waiting).toBe(0);
  });

  test("L1: a waiter is not told complete while a connector can't be reached or proves too little", () => {
    const board = new Board();
    board.publish({ connector: connectorId("c"), message: "down" });
    const full = waitOn(board, claimOf({ "0": 1 }));
    const empty = waitOn(board, claimOf({}));
    board.publish(observationOf({ "0": 9 }, { level: "received" }));
    board.publish({ connector: connectorId("c"), message: "down" });
    expect([full.told, empty.told]).toEqual([[], []]);
    board.publish(observationOf({}));
    expect([full.told, empty.told]).toEqual([[], ["complete"]]);
    board.publish(observationOf({ "0": 1 }));
    expect(full.told).toEqual(["complete"]);
  });

  test("L1: progress that is moved back is judged as it stands when the rest is met", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const waiter = waitOn(board, claimOf({ "0": 5, "1": 5 }));
    board.publish(observationOf({ "0": 5 }));
    board.publish(observationOf({ "0": 1, "1": 5 }));
    expect(waiter.told).toEqual([]);
    board.publish(observationOf({ "0": 5, "1": 5 }));
    expect(waiter.told).toEqual(["complete"]);
  });

  test("L9: several claims are settled once all are met, or at once when one is lost", () => {
    const board = new Board();
    board.publish(observationOf({}));
    board.publish(observationOf({}, { of: "d" }));
    const both = [claimOf({ "0": 1 }), claimOf({ "0": 1 }, { connector: "d" })];
    const met = waitOn(board, ...both);
    const lost = waitOn(board, ...both, claimOf({ "0": 3 }, { connector: "d" }));
    board.publish(observationOf({ "0": 1 }, { of: "d" }));
    expect(met.told).toEqual([]);
    board.publish(observationOf({ "0": 1 }));
    expect([met.told, lost.told]).toEqual([["complete"], []]);
    board.publish(observationOf({}, { of: "d", life: "next" }));
    expect([lost.told, board.waiting]).toEqual([["lost"], 0]);
  });
});

describe("ended incarnations", () => {
  test("L3: when an incarnation ends, each of its waiters is told or goes on waiting for what is durable", () => {
    const board = new Board();
    board.publish(observationOf({ "0": 1 }));
    const [covered, durable, beyond] = [2, 3, 4].map((to) => waitOn(board, claimOf({ "0": to })));
    board.publish(afterEnd(3, 2));
    expect([covered?.told, durable?.told, beyond?.told]).toEqual([["complete"], [], ["lost"]]);
    board.publish(afterEnd(3, 3));
    expect(durable?.told).toEqual(["complete"]);
    const late = waitOn(board, claimOf({ "0": 3 }));
    expect(late.told).toEqual(["complete"]);
  });

  test("L3: a final frontier that turns out lower, or is forgotten, loses those beyond it", () => {
    const board = new Board();
    board.publish(afterEnd(3, 0));
    const [one, three] = [1, 3].map((to) => waitOn(board, claimOf({ "0": to })));
    board.publish(afterEnd(2, 0));
    expect([one?.told, three?.told]).toEqual([[], ["lost"]]);
    board.publish(observationOf({}, { life: "next" }));
    expect(one?.told).toEqual(["lost"]);
  });
});

describe("closing", () => {
  test("L9: closing settles every waiter and every later one as unknown, with its message", () => {
    const board = new Board();
    board.publish(observationOf({ "0": 1 }));
    const told: Verdict[] = [];
    board.register([claimOf({ "0": 2 }), claimOf({ "1": 2 })], (verdict) => told.push(verdict));
    let changes = 0;
    board.watch([claimOf({ "0": 1 })], () => changes++);
    board.close("the pipeline was stopped");
    board.close("again");
    board.publish(observationOf({ "0": 9 }));
    board.register([claimOf({ "0": 1 })], (verdict) => told.push(verdict));
    const unknown = { kind: "unknown", connector: "c", message: "the pipeline was stopped" };
    expect(told).toEqual([unknown, unknown]);
    expect(board.judge([claimOf({ "0": 1 })])).toEqual(unknown);
    expect([board.waiting, changes]).toEqual([0, 1]);
    board.watch([claimOf({ "0": 1 })], () => changes++)();
    expect(changes).toBe(1);
  });

  test("L1: nothing to wait for or to judge is a programmer's error", () => {
    const board = new Board();
    expect(() => board.register([], () => {})).toThrow(RangeError);
    expect(() => board.judge([])).toThrow(RangeError);
    board.close("over");
    expect(() => board.judge([])).toThrow(RangeError);
    expect(board.waiting).toBe(0);
  });
});

describe("cancelling", () => {
  test("L15: who has cancelled is not told, also when it was due already", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const told: string[] = [];
    const cancels: (() => void)[] = [];
    for (const name of ["a", "b", "c"]) {
      const cancel = board.register([claimOf({ "0": 1 })], () => {
        told.push(name);
        for (const other of cancels) other();
      });
      cancels.push(cancel);
    }
    board.publish(observationOf({ "0": 1 }));
    expect([told, board.waiting]).toEqual([["a"], 0]);
    for (const cancel of cancels) cancel();
    expect(board.waiting).toBe(0);
  });
});

describe("cancelling what is due", () => {
  test("L15: who cancels what is due already harms nobody who goes on waiting", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const cancels: (() => void)[] = [];
    board.register([claimOf({ "0": 4 })], () => {
      for (const cancel of cancels) cancel();
    });
    const lost: { told: string[] }[] = [];
    const durable: { told: string[] }[] = [];
    for (let i = 0; i < 20; i++) {
      const doomed = waitOn(board, claimOf({ "0": 5 + i }));
      cancels.push(doomed.cancel);
      lost.push(doomed);
      durable.push(waitOn(board, claimOf({ "0": 2 + (i % 2) })));
    }
    board.publish(afterEnd(3, 1));
    expect(board.waiting).toBe(20);
    board.publish(afterEnd(3, 2));
    board.publish(afterEnd(3, 3));
    expect(lost.flatMap(({ told }) => told)).toEqual([]);
    expect(durable.flatMap(({ told }) => told)).toEqual(Array(20).fill("complete"));
  });
});

describe("callbacks", () => {
  test("L15: a callback may register, cancel, publish and close, and each waiter is still told once", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const told: string[] = [];
    const other = waitOn(board, claimOf({ "0": 9 }));
    board.register([claimOf({ "0": 1 })], () => {
      told.push("first");
      board.register([claimOf({ "0": 1 })], () => told.push("already"));
      board.register([claimOf({ "0": 2 })], () => {
        told.push("second");
        board.close("over");
      });
      other.cancel();
      board.publish(observationOf({ "0": 2 }));
      told.push("returned");
    });
    const last = waitOn(board, claimOf({ "0": 99 }));
    board.publish(observationOf({ "0": 1 }));
    expect(told).toEqual(["first", "returned", "already", "second"]);
    expect([other.told, last.told, board.waiting]).toEqual([[], ["unknown"], 0]);
  });

  test("L15: a callback that throws keeps no other from being called, and the publisher hears of it", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const fault = new Error("mine");
    board.register([claimOf({ "0": 1 })], () => {
      throw fault;
    });
    const other = waitOn(board, claimOf({ "0": 1 }));
    let heard: unknown;
    try {
      board.publish(observationOf({ "0": 1 }));
    } catch (error) {
      heard = error;
    }
    expect(heard).toEqual(new AggregateError([fault], "callbacks of waiters threw"));
    expect(other.told).toEqual(["complete"]);
    board.publish(observationOf({ "0": 2 }));
    expect(board.waiting).toBe(0);
  });
});

describe("watching", () => {
  test("L15: a watcher hears of every reading of its connectors, after waiters, until it stops", () => {
    const board = new Board();
    board.publish(observationOf({}));
    const heard: string[] = [];
    const claims = [claimOf({ "0": 1 }), claimOf({ "1": 1 }), claimOf({}, { connector: "d" })];
    const stop = board.watch(claims, () => heard.push("changed"));
    const stopOther = board.watch(claims, () => heard.push("other"));
    board.register([claimOf({ "0": 1 })], () => heard.push("settled"));
    board.publish(observationOf({ "0": 1 }));
    expect(heard).toEqual(["settled", "changed", "other"]);
    stopOther();
    board.publish({ connector: connectorId("d"), message: "down" });
    board.publish(observationOf({}, { of: "e" }));
    expect(heard).toEqual(["settled", "changed", "other", "changed"]);
    stop();
    stop();
    board.publish(observationOf({}));
    expect(heard).toHaveLength(4);
  });
});
