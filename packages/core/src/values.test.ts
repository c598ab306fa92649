/** Bounds of the values that are minted. */

import { expect, test } from "vitest";

import { connectorId, epoch, incarnation, LEVELS, MAX_OFFSET, offset, proves } from "./index.ts";

test("an offset is from 0 to 2^64-1", () => {
  expect(offset(0n)).toBe(0n);
  expect(offset(MAX_OFFSET)).toBe(18_446_744_073_709_551_615n);
  expect(() => offset(-1n)).toThrow(new RangeError("offset must be from 0 to 2^64-1, got -1"));
  expect(() => offset(MAX_OFFSET + 1n)).toThrow(RangeError);
});

test("an epoch is a whole number from 1", () => {
  expect(epoch(1)).toBe(1);
  for (const value of [0, 1.5, -1, Number.NaN, 2 ** 53])
    expect(() => epoch(value)).toThrow(RangeError);
});

test("connector ids and incarnations have 1 to 255 characters", () => {
  expect(connectorId("c".repeat(255))).toHaveLength(255);
  expect(incarnation("i")).toBe("i");
  for (const text of ["", "x".repeat(256)]) {
    expect(() => connectorId(text)).toThrow(RangeError);
    expect(() => incarnation(text)).toThrow(RangeError);
  }
});

test("each level proves itself and those before it", () => {
  const proven = LEVELS.map((have) => LEVELS.filter((want) => proves(have, want)));
  expect(proven).toEqual([
    ["received"],
    ["received", "processed"],
    ["received", "processed", "delivered"],
  ]);
});
