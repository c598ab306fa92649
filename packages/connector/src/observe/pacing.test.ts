/** Laws of pacing. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { DEFAULT_PACING, Pacing } from "./pacing.ts";

const { shortestMs, longestMs, longestBackOffMs } = DEFAULT_PACING;
const times = fc.double({ min: 0, max: 1e9, noNaN: true });

test("what is waited for is read again within 50 ms of the last reading, and sooner while things move", () => {
  expect(longestMs).toBeLessThanOrEqual(50);
  fc.assert(
    fc.property(fc.array(fc.record({ moved: fc.boolean(), nowMs: times })), (readings) => {
      const pacing = new Pacing(DEFAULT_PACING, Math.random);
      for (const reading of readings) {
        const rest = pacing.afterReading(reading);
        expect(rest).toBeGreaterThan(0);
        expect(rest).toBeLessThanOrEqual(reading.moved ? shortestMs : longestMs);
      }
    }),
  );
});

test("H2: whoever rests between two readings goes on at a moment that all others have as well", () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1 }), (moments) => {
      const pacing = new Pacing(
        { shortestMs: 10, longestMs: 40, longestBackOffMs: 1 },
        Math.random,
      );
      for (const nowMs of moments) {
        const next = nowMs + pacing.afterReading({ moved: false, nowMs });
        expect(Math.abs(next - Math.round(next / 10) * 10)).toBeLessThan(1e-6);
      }
    }),
  );
});

test("while the source is away rests double up to the longest, each shortened at random, and a reading ends that", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (chance) => {
      const pacing = new Pacing(DEFAULT_PACING, () => chance);
      for (let failures = 1; failures < 20; failures += 1) {
        const whole = Math.min(longestBackOffMs, longestMs * 2 ** failures);
        expect(pacing.afterFailure()).toBeCloseTo(whole * (0.5 + chance / 2));
      }
      pacing.afterReading({ moved: false, nowMs: 0 });
      expect(pacing.afterFailure()).toBeLessThanOrEqual(longestMs * 2);
    }),
  );
});
