/** Laws of the low watermark. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { LowWatermark } from "./low-watermark.ts";
import { MAX_OFFSET, offset } from "./offset.ts";

const ranges = fc.array(fc.tuple(fc.nat({ max: 24 }), fc.nat({ max: 6 })), { maxLength: 20 });

test("L12: after any ranges in any order, the watermark is the first offset that is not complete", () => {
  fc.assert(
    fc.property(fc.nat({ max: 5 }), ranges, (start, all) => {
      const watermark = new LowWatermark(offset(BigInt(start)));
      const complete = new Set(Array.from({ length: start }, (_, i) => i));
      for (const [from, length] of all) {
        watermark.complete(BigInt(from), BigInt(from + length));
        for (let i = from; i < from + length; i++) complete.add(i);
        let low = 0;
        while (complete.has(low)) low++;
        let gaps = 0;
        for (const i of complete) if (i > low && !complete.has(i - 1)) gaps++;
        expect([watermark.low, watermark.gaps]).toEqual([BigInt(low), gaps]);
      }
    }),
    { numRuns: 500 },
  );
});

test("L12: the watermark never goes back, and what is complete may be said again", () => {
  const watermark = new LowWatermark(offset(10n));
  watermark.complete(11n);
  watermark.complete(11n);
  expect([watermark.low, watermark.gaps]).toEqual([10n, 1]);
  watermark.complete(10n);
  watermark.complete(3n);
  watermark.complete(3n, 11n);
  expect([watermark.low, watermark.gaps]).toEqual([12n, 0]);
});

test("L12: what it keeps is bounded by the gaps, not by the offsets", () => {
  const watermark = new LowWatermark(offset(0n));
  for (let i = 10_000n; i > 0n; i--) watermark.complete(i);
  expect([watermark.low, watermark.gaps]).toEqual([0n, 1]);
  watermark.complete(0n);
  expect([watermark.low, watermark.gaps]).toEqual([10_001n, 0]);
});

test("a range that is backward or out of bounds is refused", () => {
  const watermark = new LowWatermark(offset(0n));
  expect(() => watermark.complete(2n, 1n)).toThrow(RangeError);
  expect(() => watermark.complete(-1n)).toThrow(RangeError);
  expect(() => watermark.complete(MAX_OFFSET)).toThrow(RangeError);
  watermark.complete(0n, MAX_OFFSET);
  expect(watermark.low).toBe(MAX_OFFSET);
});
