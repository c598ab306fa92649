/** Laws of spans. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Frontier } from "./frontier.ts";
import { offset } from "./offset.ts";
import { canonicalSpans, fewSpans, type Span, spansBetween } from "./span.ts";
import { smallFrontiers } from "./testing/generators.ts";

const spans: fc.Arbitrary<readonly Span[]> = fc.array(
  fc
    .tuple(fc.constantFrom("0", "x"), fc.nat({ max: 9 }), fc.integer({ min: 1, max: 5 }))
    .map(([partition, from, length]) => ({
      partition,
      from: offset(BigInt(from)),
      to: offset(BigInt(from + length)),
    })),
  { maxLength: 8 },
);

function numbered(from: bigint, to: bigint): Span {
  return { partition: "0", from: offset(from), to: offset(to) };
}

function covered(all: readonly Span[]): ReadonlySet<string> {
  const offsets = new Set<string>();
  for (const { partition, from, to } of all) {
    for (let each = BigInt(from); each < to; each++) offsets.add(`${partition} ${each}`);
  }
  return offsets;
}

function below({ positions }: Frontier): ReadonlySet<string> {
  const offsets = new Set<string>();
  for (const [partition, end] of positions) {
    for (let at = 0n; at < end; at++) offsets.add(`${partition} ${at}`);
  }
  return offsets;
}

test("L17: canonical spans cover what was given, in order, and none touches the next", () => {
  fc.assert(
    fc.property(spans, (given) => {
      const canonical = canonicalSpans(given);
      expect(covered(canonical)).toEqual(covered(given));
      const follows = canonical.slice(1).every((span, i) => {
        const before = canonical[i];
        if (before === undefined) return false;
        if (before.partition === span.partition) return before.to < span.from;
        return before.partition < span.partition;
      });
      expect(follows).toBe(true);
    }),
  );
});

test("L17: spans that cover the same are the same list", () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const twice = canonicalSpans([...canonicalSpans(a), ...canonicalSpans(b), ...a]);
      expect(twice).toEqual(canonicalSpans([...b, ...a]));
    }),
  );
});

test("L17: the spans between two frontiers hold what the second one covers beyond the first", () => {
  fc.assert(
    fc.property(smallFrontiers, smallFrontiers, (before, after) => {
      const seen = below(before);
      const beyond = [...below(after)].filter((each) => !seen.has(each));
      expect(covered(spansBetween(before, after))).toEqual(new Set(beyond));
      for (const { from, to } of spansBetween(before, after)) expect(from).toBeLessThan(to);
    }),
  );
});

test("L17: few spans cover all that was given, and as little more as can be", () => {
  fc.assert(
    fc.property(spans, fc.integer({ min: 1, max: 6 }), (given, most) => {
      const few = fewSpans(given, most);
      const partitions = new Set(given.map(({ partition }) => partition)).size;
      expect(few.length).toBeLessThanOrEqual(Math.max(most, partitions));
      expect(canonicalSpans(few)).toEqual(few);
      const all = covered(few);
      expect([...covered(given)].every((each) => all.has(each))).toBe(true);
    }),
  );
  expect(fewSpans([numbered(0n, 1n), numbered(5n, 6n), numbered(7n, 8n)], 2)).toEqual([
    numbered(0n, 1n),
    numbered(5n, 8n),
  ]);
});
