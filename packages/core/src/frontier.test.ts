/** Laws of the order of frontiers. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  EMPTY,
  equal,
  frontier,
  join,
  lag,
  lessEqual,
  meet,
  offsetAt,
  totalLag,
} from "./frontier.ts";
import { anyFrontiers, partitions, smallFrontiers } from "./testing/generators.ts";

const one = smallFrontiers;

describe("order", () => {
  test("L11: the order of frontiers is reflexive, antisymmetric and transitive", () => {
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        expect(lessEqual(a, a)).toBe(true);
        expect(lessEqual(a, b) && lessEqual(b, a)).toBe(equal(a, b));
        expect(!(lessEqual(a, b) && lessEqual(b, c)) || lessEqual(a, c)).toBe(true);
      }),
    );
  });

  test("L11: the empty frontier is below every other", () => {
    fc.assert(
      fc.property(anyFrontiers, (a) => {
        expect(lessEqual(EMPTY, a)).toBe(true);
      }),
    );
  });

  test("L11: frontiers that lead in different partitions are not comparable", () => {
    const a = frontier([["0", 1n]]);
    const b = frontier([["1", 1n]]);
    expect([lessEqual(a, b), lessEqual(b, a), equal(a, b)]).toEqual([false, false, false]);
  });
});

describe("join and meet", () => {
  test("L11: join is the least frontier above both, meet the greatest below both", () => {
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        expect(lessEqual(a, c) && lessEqual(b, c)).toBe(lessEqual(join(a, b), c));
        expect(lessEqual(c, a) && lessEqual(c, b)).toBe(lessEqual(c, meet(a, b)));
      }),
    );
  });

  test("L11: join and meet are associative, commutative, idempotent and absorb each other", () => {
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        expect(join(a, join(b, c))).toEqual(join(join(a, b), c));
        expect(meet(a, meet(b, c))).toEqual(meet(meet(a, b), c));
        expect(join(a, b)).toEqual(join(b, a));
        expect(meet(a, b)).toEqual(meet(b, a));
        expect(join(a, a)).toEqual(a);
        expect(meet(a, join(a, b))).toEqual(a);
        expect(join(a, meet(a, b))).toEqual(a);
      }),
    );
  });
});

describe("positions", () => {
  test("L11: equal frontiers are equal lists: sorted, each partition once, none at its origin", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(partitions, fc.bigInt({ min: 0n, max: 9n }))), (positions) => {
        const built = frontier(positions);
        const names = built.positions.map(([name]) => name);
        expect(names).toEqual([...new Set(names)].toSorted());
        expect(built.positions.every(([, value]) => value > 0n)).toBe(true);
        expect(frontier(positions.toReversed())).toEqual(built);
        for (const [name] of positions) {
          const values = positions.filter(([other]) => other === name).map(([, value]) => value);
          expect(offsetAt(built, name)).toBe(values.reduce((a, b) => (a > b ? a : b)));
        }
      }),
    );
  });

  test("equal tells lists of the same length apart", () => {
    expect(equal(frontier([["0", 1n]]), frontier([["0", 2n]]))).toBe(false);
    expect(equal(frontier([["0", 1n]]), frontier([["0", 1n]]))).toBe(true);
  });
});

describe("lag", () => {
  test("L11: the lag is what is missing in each partition, and none exactly where the target is covered", () => {
    fc.assert(
      fc.property(one, one, (target, observed) => {
        const missing = lag(target, observed);
        expect(missing.size === 0).toBe(lessEqual(target, observed));
        for (const [name, value] of target.positions) {
          const expected = value - offsetAt(observed, name);
          expect(missing.get(name)).toBe(expected > 0n ? expected : undefined);
        }
        const sum = [...missing.values()].reduce((a, b) => a + b, 0n);
        expect(totalLag(target, observed)).toBe(sum);
      }),
    );
  });
});
