/** Laws of the step history. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { connectorId } from "./claim.ts";
import { EMPTY, type Frontier, frontier, join, lessEqual } from "./frontier.ts";
import { incarnation } from "./incarnation.ts";
import { StepHistory } from "./step-history.ts";
import { smallFrontiers } from "./testing/generators.ts";

const connector = connectorId("c");
const life = incarnation("now");

function at(offset: bigint): Frontier {
  return frontier([["0", offset]]);
}

test("L16: the first step that covered a frontier is found, or the oldest kept that covers it", () => {
  const lists = fc.array(smallFrontiers, { maxLength: 30 });
  fc.assert(
    fc.property(
      lists,
      smallFrontiers,
      fc.integer({ min: 1, max: 5 }),
      (moves, sought, capacity) => {
        const history = new StepHistory(capacity);
        const moved: { step: bigint; frontier: Frontier }[] = [];
        let now = EMPTY;
        let step = 0n;
        for (const move of moves) {
          const next = join(now, move);
          step++;
          history.record(connector, life, { frontier: next, step });
          if (moved.length === 0 || !lessEqual(next, now)) moved.push({ step, frontier: next });
          now = next;
        }
        const kept = moved.slice(-capacity);
        const expected = kept.find((entry) => lessEqual(sought, entry.frontier))?.step;
        expect(history.stepOf(connector, life, sought)).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("L16: nothing kept covers a frontier before the step since which it is covered, and what is kept covers it from then on", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.bigInt({ min: 1n, max: 30n }), { minLength: 1, maxLength: 12 }),
      fc.bigInt({ min: 0n, max: 31n }),
      fc.integer({ min: 1, max: 12 }),
      (offsets, sought, capacity) => {
        const history = new StepHistory(capacity);
        const rising = offsets.toSorted((a, b) => (a < b ? -1 : 1));
        const steps = rising.map((offset, i) => ({ offset, step: BigInt(10 * (i + 1)) }));
        for (const { offset, step } of steps) {
          history.record(connector, life, { frontier: at(offset), step });
        }
        const before = steps.slice(-capacity).findLast(({ offset }) => offset < sought);
        const since = before === undefined ? 0n : before.step + 1n;
        expect(history.sinceStep(connector, life, at(sought))).toBe(since);
      },
    ),
  );
  expect(new StepHistory().sinceStep(connector, life, at(1n))).toBe(0n);
});

test("L16: what was moved back is forgotten, so that a later step answers", () => {
  const history = new StepHistory();
  for (const [step, offset] of [1n, 5n, 9n].entries()) {
    history.record(connector, life, { frontier: at(offset), step: BigInt(step) });
  }
  history.record(connector, life, { frontier: at(5n), step: 3n });
  expect(history.stepOf(connector, life, at(9n))).toBeUndefined();
  expect(history.stepOf(connector, life, at(5n))).toBe(1n);
  history.record(connector, life, { frontier: at(9n), step: 4n });
  expect(history.stepOf(connector, life, at(9n))).toBe(4n);
});

test("L16: connectors and incarnations are apart, and the latest incarnations are kept", () => {
  const history = new StepHistory(2);
  for (let run = 1; run <= 40; run++) {
    const frontiers = { frontier: at(1n), step: BigInt(run) };
    history.record(connector, incarnation(`run ${run}`), frontiers);
  }
  expect(history.stepOf(connector, incarnation("run 40"), at(1n))).toBe(40n);
  expect(history.stepOf(connector, incarnation("run 30"), at(1n))).toBe(30n);
  expect(history.stepOf(connector, incarnation("run 25"), at(1n))).toBe(25n);
  expect(history.stepOf(connector, incarnation("run 24"), at(1n))).toBeUndefined();
  expect(history.stepOf(connectorId("d"), incarnation("run 40"), at(1n))).toBeUndefined();
});

test("a capacity is a whole number from 1", () => {
  for (const capacity of [0, -1, 1.5]) expect(() => new StepHistory(capacity)).toThrow(RangeError);
});
