import { frontier, incarnation, type Incarnation, StepHistory } from "@tidemark/core";
import { expect, test } from "vitest";

import { type Recovered } from "../engine.ts";
import { connectorIdOf } from "../identity.ts";
import { type Progress } from "../source.ts";
import { forgottenStep, restoreLines, undeliveredSteps } from "./recovery.ts";

const ID = connectorIdOf("t", "a");
const [LONG_AGO, OLD, NEW] = ["long-ago", "old", "new"].map(incarnation);

function at(name: Incarnation | undefined, offset: bigint): Progress {
  return { incarnation: name ?? incarnation("none"), frontier: frontier([["0", offset]]) };
}

function step(number: bigint, progress: Progress): Recovered["undelivered"][number] {
  return { step: number, progress: new Map([[ID, progress]]), changedViews: new Set(["v"]) };
}

function ended(progress: Progress): Recovered["ended"][number] {
  const { incarnation: name, frontier: finalFrontier } = progress;
  return { connector: ID, incarnation: name, finalFrontier };
}

/** Step 5 is delivered; step 6 ends the old incarnation at 8 and brings the new one to 3. */
const RECOVERED: Recovered = {
  step: 7n,
  progress: new Map([[ID, at(NEW, 4n)]]),
  ended: [ended(at(LONG_AGO, 9n)), ended(at(OLD, 8n))],
  keyed: [],

  rejects: [],
  undelivered: [step(5n, at(OLD, 5n)), step(6n, at(NEW, 3n)), step(7n, at(NEW, 4n))],
};

function offsets(...all: readonly bigint[]): unknown {
  return all.map((offset) => frontier([["0", offset]]));
}

function deliveredAt(delivered: bigint): readonly unknown[] {
  const lines = restoreLines(RECOVERED, delivered, new StepHistory()).get(ID);
  return [LONG_AGO, OLD, NEW].map((name) => lines?.delivered(at(name, 0n).incarnation));
}

test("of every incarnation exactly that counts as delivered which the delivered step stood at", () => {
  expect(deliveredAt(5n)).toEqual(offsets(9n, 5n, 0n));
  expect(deliveredAt(6n)).toEqual(offsets(9n, 8n, 3n));
  expect(deliveredAt(7n)).toEqual(offsets(9n, 8n, 4n));
});

test("delivering a step again delivers the rest of the incarnation that it ended", () => {
  const moved = undeliveredSteps(RECOVERED, 5n).map((each) => each.moved.get(ID));
  expect(moved).toEqual([[at(OLD, 8n), at(NEW, 3n)], [at(NEW, 4n)]]);
});

test("an output without a memory is given every step that storage keeps", () => {
  expect(forgottenStep(RECOVERED)).toBe(4n);
  expect(forgottenStep({ ...RECOVERED, undelivered: [] })).toBe(7n);
});
