import { EMPTY, incarnation } from "@tidemark/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { BatchQueue, type QueuedBatch } from "./batch-queue.ts";

function batch(rows: number, name = "a"): QueuedBatch {
  return {
    incarnation: incarnation(name),
    frontier: EMPTY,
    changes: { rows: Array.from({ length: rows }, () => []) },
    records: rows,
    bytes: 10 * rows,
    errors: [],
    rejects: [],
    receivedAtMs: 0,
  };
}

function filled(batches: readonly QueuedBatch[]): BatchQueue {
  const queue = new BatchQueue({ records: 100, bytes: 1000 });
  for (const each of batches) queue.add(each);
  return queue;
}

test("taking again and again gives every batch once, whole and in order, and leaves nothing counted", () => {
  const batches = fc.array(
    fc.tuple(fc.nat(9), fc.constantFrom("a", "b")).map(([n, i]) => batch(n, i)),
  );
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 12 }), (all, maxRows) => {
      const queue = filled(all);
      const taken: QueuedBatch[] = [];
      while (!queue.isEmpty) {
        const some = queue.take(maxRows, taken.at(-1)?.incarnation ?? incarnation("a"));
        const rows = some.reduce((sum, { records }) => sum + records, 0);
        expect(some.length === 1 || rows <= maxRows).toBe(true);
        taken.push(...some);
      }
      expect(taken).toEqual(all);
      expect([queue.records, queue.bytes]).toEqual([0, 0]);
    }),
  );
});

test("one taking changes the incarnation at most once", () => {
  const queue = filled([batch(1, "a"), batch(1, "b"), batch(1, "b"), batch(1, "c")]);
  expect(queue.take(100, incarnation("a"))).toHaveLength(3);
  expect(queue.take(100, incarnation("b"))).toHaveLength(1);
});

test("a queue has room until its records or bytes reach the limit", () => {
  expect(filled([batch(99)]).hasRoom).toBe(true);
  expect(filled([batch(100)]).hasRoom).toBe(false);
  expect(filled([{ ...batch(0), bytes: 1000 }]).hasRoom).toBe(false);
});

test("a truncate is taken at once, with all batches before it and none after it", () => {
  const truncating: QueuedBatch = {
    ...batch(1),
    changes: { rows: [[]], operations: ["truncate"] },
  };
  const queue = filled([batch(2), truncating, batch(2), truncating, batch(1)]);
  const { incarnation: line } = batch(0);
  expect(queue.take(1, line)).toHaveLength(4);
  expect(queue.take(1, line)).toHaveLength(1);
  for (const each of [batch(1), batch(1)]) queue.add(each);
  expect(queue.take(1, line)).toHaveLength(1);
});
