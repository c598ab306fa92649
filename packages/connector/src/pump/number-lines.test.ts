/** Laws of number lines: a source never goes back. */

import { EMPTY, frontier, StepHistory } from "@tidemark/core";
import { expect, test } from "vitest";

import { connectorIdOf, incarnationOf } from "../identity.ts";
import { type Progress } from "../source.ts";
import { NumberLines } from "./number-lines.ts";

function at(line: string, offset: bigint): Progress {
  return { incarnation: incarnationOf(line), frontier: frontier([["0", offset]]) };
}

/** The lines of a connector whose old line ended at 5 and that stands at 3 of the new one. */
function known(): NumberLines {
  const lines = new NumberLines(connectorIdOf("t", "a"), new StepHistory());
  lines.restore(at("old", 5n), frontier([["0", 5n]]), 1n);
  lines.restore(at("new", 3n), frontier([["0", 2n]]), 1n);
  return lines;
}

test("a source resumes exactly where it was asked to, or begins a line of its own", () => {
  expect(() => known().begin(at("old", 5n), at("new", 3n), 1n)).toThrow(/ended incarnation/u);
  expect(() => known().begin(at("new", 3n), undefined, 1n)).toThrow(/ended incarnation/u);
  for (const offset of [2n, 4n]) {
    expect(() => known().begin(at("new", offset), at("new", 3n), 1n)).toThrow(RangeError);
  }
  const lines = known();
  lines.begin(at("next", 7n), at("new", 3n), 1n);
  expect(lines.covers(at("next", 7n))).toBe(true);
  expect(lines.covers(at("next", 8n))).toBe(false);
});

test("what a source gives goes forward on its line, or to a new one, and nowhere else", () => {
  const lines = known();
  lines.begin(at("new", 3n), at("new", 3n), 1n);
  expect(() => lines.receive(at("new", 2n))).toThrow(RangeError);
  expect(() => lines.receive(at("old", 9n))).toThrow(/ended incarnation/u);
  lines.receive(at("next", 1n));
  expect(() => lines.receive(at("new", 9n))).toThrow(/ended incarnation/u);
});

test("a line that is not the current one has ended where it was received to, and no unknown one has", () => {
  const lines = known();
  lines.begin(at("new", 3n), at("new", 3n), 1n);
  const { incarnation } = at("old", 0n);
  const five = frontier([["0", 5n]]);
  expect(lines.ended(incarnation)).toEqual({ incarnation, finalFrontier: five, frontier: five });
  expect(lines.ended(at("new", 0n).incarnation)).toBeUndefined();
  expect(lines.ended(at("never", 0n).incarnation)).toBeUndefined();
  expect(lines.delivered(at("never", 0n).incarnation)).toEqual(EMPTY);
  expect(lines.covers(at("never", 0n))).toBe(false);
  expect(lines.covers(at("new", 2n))).toBe(true);
  expect(lines.covers(at("new", 3n))).toBe(false);
  lines.deliver(at("never", 9n), 2n);
  expect(lines.covers(at("never", 9n))).toBe(false);
});
