/** Laws of verdicts. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { connectorId } from "./claim.ts";
import { frontier as frontierOf, join, lag, lessEqual } from "./frontier.ts";
import { finalVerdict, isObservation, judge, judgeAll, type Reading } from "./judge.ts";
import { proves } from "./level.ts";
import { observations, readings, smallClaims, smallFrontiers } from "./testing/generators.ts";
import { claimOf, endedAs, observationOf } from "./testing/observing.ts";

const claimLists = fc.array(smallClaims, { minLength: 1, maxLength: 4 });
const boards = fc
  .array(readings, { maxLength: 3 })
  .map((all) => new Map(all.map((reading) => [reading.connector, reading])));

describe("complete", () => {
  test("L1: a claim is complete only where a reading of its own number line, at its level, covers all of it", () => {
    fc.assert(
      fc.property(smallClaims, fc.option(readings, { nil: undefined }), (claim, reading) => {
        if (judge(claim, reading).kind !== "complete") return;
        const seen = reading !== undefined && isObservation(reading) ? reading : undefined;
        const current = seen?.incarnation === claim.incarnation;
        const at = current ? seen.frontier : seen?.ended(claim.incarnation)?.frontier;
        expect(at && lessEqual(claim.frontier, at)).toBe(true);
        expect(seen && proves(seen.level, claim.level)).toBe(true);
      }),
    );
  });

  test("L1: claims are complete together only where each of them is", () => {
    fc.assert(
      fc.property(claimLists, boards, (claims, board) => {
        const each = claims.map((claim) => judge(claim, board.get(claim.connector)).kind);
        const all = judgeAll(claims, (connector) => board.get(connector)).kind;
        expect(all === "complete").toBe(each.every((kind) => kind === "complete"));
      }),
    );
  });

  test("L1: nothing to judge is never complete", () => {
    expect(() => judgeAll([], () => observationOf({}))).toThrow(RangeError);
  });

  test("L1: a claim on nothing of a number line is complete once that is read, not before", () => {
    const claim = claimOf({});
    expect(judge(claim, observationOf({}))).toEqual({ kind: "complete" });
    expect(judge(claim, undefined).kind).toBe("lost");
    expect(judge(claim, observationOf({}, { life: "other" })).kind).toBe("lost");
  });
});

describe("stable", () => {
  test("L4: a complete claim stays complete while its number line grows, and after it has ended there", () => {
    const growth = fc.array(smallFrontiers, { maxLength: 4 });
    fc.assert(
      fc.property(smallClaims, observations, growth, (claim, first, steps) => {
        const start = { ...first, incarnation: claim.incarnation, level: claim.level };
        let { frontier } = start;
        let before = judge(claim, start).kind;
        for (const step of steps) {
          frontier = join(frontier, step);
          const now = judge(claim, { ...start, frontier }).kind;
          expect(before === "complete" && now !== "complete").toBe(false);
          before = now;
        }
        const { incarnation } = claim;
        const ended = () => ({ incarnation, finalFrontier: frontier, frontier });
        const after = { ...observationOf({}, { life: "next" }), ended, level: claim.level };
        const reading = { ...after, connector: claim.connector };
        expect(judge(claim, reading).kind).toBe(before === "complete" ? "complete" : "lost");
      }),
    );
  });
});

describe("pending", () => {
  test("L2: a pending verdict says what remains in each partition, and at least one reason", () => {
    fc.assert(
      fc.property(smallClaims, observations, (claim, observed) => {
        const reading = { ...observed, incarnation: claim.incarnation };
        const verdict = judge(claim, reading);
        if (verdict.kind !== "pending") return;
        const expected = { connector: claim.connector, lag: lag(claim.frontier, reading.frontier) };
        expect(verdict.remaining).toEqual([expected]);
        expect(verdict.reasons.length).toBeGreaterThan(0);
        expect(verdict.reasons).toEqual(expect.arrayContaining([...reading.reasons]));
      }),
    );
  });

  test("L2: what holds up several claims is said once", () => {
    const paused = { code: "pipeline-paused", message: "the pipeline is paused" } as const;
    const retrying = { code: "output-failing", message: "sink s does not answer" } as const;
    const board = new Map<string, Reading>([
      ["c", observationOf({}, { reasons: [paused] })],
      ["d", observationOf({ "0": 1 }, { of: "d", reasons: [{ ...paused }, retrying] })],
    ]);
    const claims = [claimOf({ "0": 2 }), claimOf({ "0": 3, "1": 4 }, { connector: "d" })];
    expect(judgeAll(claims, (connector) => board.get(connector))).toEqual({
      kind: "pending",
      remaining: [
        { connector: "c", lag: new Map([["0", 2n]]) },
        {
          connector: "d",
          lag: new Map([
            ["0", 2n],
            ["1", 4n],
          ]),
        },
      ],
      reasons: [paused, retrying],
    });
  });

  test("L2: without a reason from the reading, the input is being processed", () => {
    expect(judge(claimOf({ "0": 1 }), observationOf({}))).toMatchObject({
      reasons: [{ code: "processing", message: "the input was received and is being processed" }],
    });
  });
});

describe("ended incarnations", () => {
  const reading = observationOf(
    { "0": 99 },
    { life: "next", ended: endedAs("now", { "0": 5 }, { "0": 3 }) },
  );

  test("L3: of an ended incarnation what is covered is complete, what is durable pending, the rest lost", () => {
    expect(judge(claimOf({ "0": 3 }), reading).kind).toBe("complete");
    expect(judge(claimOf({ "0": 5 }), reading)).toMatchObject({
      kind: "pending",
      remaining: [{ lag: new Map([["0", 2n]]) }],
    });
    expect(judge(claimOf({ "0": 6 }), reading)).toEqual({
      kind: "lost",
      connector: "c",
      reason: "beyond-end",
      message:
        "the input was accepted but did not become durable before the engine or source ended",
    });
  });

  test("L3: an unknown incarnation or connector is lost, each by its own name", () => {
    const stranger = judge(claimOf({ "0": 1 }, { incarnation: "other" }), reading);
    expect(stranger).toMatchObject({ kind: "lost", connector: "c", reason: "incarnation-unknown" });
    const gone = judge(claimOf({ "0": 1 }), undefined);
    expect(gone).toMatchObject({ kind: "lost", connector: "c", reason: "connector-unknown" });
  });

  test("L3: what the source dropped or cut off before it was covered is lost, what was covered is not", () => {
    const dropped = observationOf({ "0": 3, "1": 9 }, { dropped: frontierOf([["0", 5n]]) });
    expect(judge(claimOf({ "0": 3, "1": 9 }), dropped).kind).toBe("complete");
    expect(judge(claimOf({ "1": 10 }), dropped).kind).toBe("pending");
    const upTo = frontierOf([
      ["0", 5n],
      ["1", 9n],
    ]);
    const justCovered = observationOf({ "0": 3, "1": 9 }, { dropped: upTo });
    expect(judge(claimOf({ "1": 10 }), justCovered).kind).toBe("pending");
    for (const target of [4, 5, 6]) {
      expect(judge(claimOf({ "0": target }), dropped)).toMatchObject({
        kind: "lost",
        reason: "dropped",
      });
    }
    const expired = observationOf({ "1": 9 }, { expired: frontierOf([["0", 5n]]) });
    expect(judge(claimOf({ "0": 5 }), expired)).toMatchObject({ kind: "lost", reason: "dropped" });
    expect(judge(claimOf({ "0": 6 }), expired).kind).toBe("pending");
    expect(judge(claimOf({ "1": 9 }), expired).kind).toBe("complete");
    const cut = observationOf({ "0": 3, "1": 9 }, { cut: new Map([["0", 4n]]) });
    expect(judge(claimOf({ "0": 3 }), cut).kind).toBe("complete");
    expect(judge(claimOf({ "0": 4 }), cut).kind).toBe("pending");
    expect(judge(claimOf({ "1": 10 }), cut).kind).toBe("pending");
    expect(judge(claimOf({ "0": 5 }), cut)).toMatchObject({ kind: "lost", reason: "cut-back" });
  });

  test("L3: a lost claim is lost whatever level the reading proves", () => {
    const received = { ...reading, level: "received" } as const;
    expect(judge(claimOf({ "0": 6 }), received)).toMatchObject({ reason: "beyond-end" });
    expect(judge(claimOf({ "0": 3 }), received).kind).toBe("unknown");
  });
});

describe("unknown", () => {
  test("L1: an unreachable source says nothing but what could not be reached", () => {
    const failed = { connector: connectorId("c"), message: "the broker does not answer" };
    expect(judge(claimOf({}), failed)).toEqual({
      kind: "unknown",
      connector: "c",
      message: "the broker does not answer",
    });
  });

  test("L1: a reading of a lower level than claimed says nothing", () => {
    const received = observationOf({ "0": 9 }, { level: "received" });
    expect(judge(claimOf({ "0": 1 }), received)).toEqual({
      kind: "unknown",
      connector: "c",
      message:
        "of connector c only what is received can be observed, and the token asks for delivered",
    });
    expect(judge(claimOf({ "0": 1 }, { level: "received" }), received).kind).toBe("complete");
  });
});

describe("together", () => {
  test("L6: lost beats unknown beats pending beats complete, and the first such claim speaks", () => {
    const ranking = ["lost", "unknown", "pending", "complete"];
    fc.assert(
      fc.property(claimLists, boards, (claims, board) => {
        const each = claims.map((claim) => judge(claim, board.get(claim.connector)));
        const best = each.toSorted((a, b) => ranking.indexOf(a.kind) - ranking.indexOf(b.kind))[0];
        const all = judgeAll(claims, (connector) => board.get(connector));
        expect(all.kind).toBe(best?.kind);
        const speaks = all.kind === "lost" || all.kind === "unknown" ? all : best;
        expect(speaks).toEqual(best);
      }),
    );
  });

  test("the final verdict is the verdict where that is final, and nothing where it is not", () => {
    fc.assert(
      fc.property(claimLists, boards, (claims, board) => {
        const verdict = judgeAll(claims, (connector) => board.get(connector));
        const final = verdict.kind === "complete" || verdict.kind === "lost" ? verdict : undefined;
        expect(finalVerdict(claims, (connector) => board.get(connector))).toEqual(final);
      }),
      { numRuns: 500 },
    );
  });
});
