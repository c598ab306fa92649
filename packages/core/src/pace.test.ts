/** Laws of the pace. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Pace, PACE_EXPIRES_MS } from "./pace.ts";
import { observationOf } from "./testing/observing.ts";

/** A pace that has noted these: time, offset, life. */
function paceOf(
  ...noted: readonly (readonly [atMs: number, offset: number, life?: string])[]
): Pace {
  const pace = new Pace();
  for (const [atMs, offset, life = "now"] of noted) {
    pace.note(observationOf({ "0": offset }, { atMs, life }));
  }
  return pace;
}

test("steady progress has its own pace, however often it is observed", () => {
  const intervals = fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(intervals, fc.integer({ min: 1, max: 9 }), (gaps, perMs) => {
      const pace = paceOf([0, 0]);
      let atMs = 0;
      for (const gap of gaps) {
        atMs += gap;
        pace.note(observationOf({ "0": atMs * perMs }, { atMs }));
      }
      expect(pace.perSecond(atMs)).toBe(perMs * 1000);
    }),
  );
});

test("what happened long ago does not count", () => {
  const pace = paceOf([0, 0], [1000, 1_000_000], [60_000, 1_000_000], [66_000, 1_000_600]);
  expect(pace.perSecond(66_000)).toBe(100);
});

test("time without any observation does not count", () => {
  const pace = paceOf([0, 0], [1000, 500], [3_600_000, 600], [3_601_000, 1600]);
  expect(pace.perSecond(3_601_000)).toBe(1000);
});

test("progress that has stopped keeps its pace for a moment, and then has none, however often it is observed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 2 * PACE_EXPIRES_MS }), { maxLength: 50 }),
      (gaps) => {
        const pace = paceOf([0, 0], [1000, 500]);
        let atMs = 1000;
        for (const gap of gaps) {
          atMs += gap;
          pace.note(observationOf({ "0": 500 }, { atMs }));
          const stopped = atMs - 1000 >= PACE_EXPIRES_MS;
          expect(pace.perSecond(atMs)).toBe(stopped ? undefined : 500);
        }
      },
    ),
  );
});

test("progress by bursts has the pace of its bursts", () => {
  const pace = paceOf([0, 0]);
  for (let atMs = 40; atMs <= 40_000; atMs += 40) {
    const offset = Math.floor(atMs / 4000) * 1000;
    pace.note(observationOf({ "0": offset }, { atMs }));
  }
  expect(pace.perSecond(40_000)).toBe(250);
});

test("one observation tells no pace, nor does another incarnation or a step back", () => {
  expect(paceOf([0, 5]).perSecond(1000)).toBeUndefined();
  expect(paceOf([0, 5], [1000, 10, "other"]).perSecond(1000)).toBeUndefined();
  expect(paceOf([0, 5], [1000, 3]).perSecond(2000)).toBeUndefined();
  expect(paceOf([0, 5], [1000, 3], [2000, 7]).perSecond(2000)).toBe(4);
});
