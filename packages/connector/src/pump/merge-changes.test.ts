/** Laws of merging changes. */

import { expect, test } from "vitest";

import { type Metadata } from "../value.ts";
import { mergeChanges } from "./merge-changes.ts";

const TOLD: Metadata = { type: { kind: "row", fields: [] }, value: [] };

test("operations and metadata stay with their rows, also beside changes without any", () => {
  const merged = mergeChanges([
    { rows: [[1], [2]] },
    { rows: [[3]], operations: ["delete"] },
    { rows: [[4]], metadata: [TOLD] },
  ]);
  expect(merged).toEqual({
    rows: [[1], [2], [3], [4]],
    operations: ["insert", "insert", "delete", "insert"],
    metadata: [undefined, undefined, undefined, TOLD],
  });
});

test("where all are inserts of which nothing is told, neither is there", () => {
  expect(mergeChanges([{ rows: [[1]] }, { rows: [[2]] }])).toEqual({ rows: [[1], [2]] });
});
