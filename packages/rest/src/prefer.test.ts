import { expect, test } from "vitest";

import { preferredWait } from "./prefer.ts";

test.each([
  ["wait=10", 10],
  ["WAIT=10", 10],
  ["wait = 10 ; x=y", 10],
  ['wait="10"', 10],
  ["respond-async, wait=10", 10],
  ["wait=1, wait=2", 1],
  ["wait=0", 0],
  ['a="x, wait=5", wait=3', 3],
  ['a="\\", wait=5", wait=3', 3],
  ['a;b="; wait=5, wait=6", wait=3', 3],
])("of %j the wait is %j", (header, seconds) => {
  expect(preferredWait(header)).toBe(seconds);
});

test.each([
  undefined,
  "",
  "wait",
  "wait=",
  "wait=x",
  "wait=-1",
  "wait=1.5",
  "wait=99999999999999",
  "await=5",
  "wait=bad, wait=5",
  'a="wait=5',
])("what can't be understood is ignored, as in %j", (header) => {
  expect(preferredWait(header)).toBeUndefined();
});
