/** Batches of a step: bounded, and all of it in order. */

import { type ViewChange } from "@tidemark/connector";
import { expect, test } from "vitest";

import { type StepBatch, stepBatches } from "./step-batches.ts";

async function* one(changes: readonly ViewChange[]): AsyncGenerator<readonly ViewChange[]> {
  yield await Promise.resolve(changes);
}

async function batches(changes: readonly ViewChange[]): Promise<readonly StepBatch[]> {
  const all: StepBatch[] = [];
  for await (const batch of stepBatches(one(changes))) all.push(batch);
  return all;
}

test("a step's changes are in batches of a bounded size, all of them in order", async () => {
  const large = "x".repeat(10_000_000);
  const changes = Array.from({ length: 7 }, (_, n): ViewChange => ({ weight: 1, row: [n, large] }));
  const all = await batches(changes);
  expect(all.map((batch) => [batch.changes.length, batch.last])).toEqual([
    [3, false],
    [3, false],
    [1, true],
  ]);
  expect(all.flatMap((batch) => batch.changes.map(({ row }) => row[0]))).toEqual([
    0, 1, 2, 3, 4, 5, 6,
  ]);
});

test("a step without changes is one empty batch", async () => {
  expect(await batches([])).toEqual([{ changes: [], last: true }]);
});
