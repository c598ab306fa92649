import { type Column, parseProgram } from "@tidemark/program";
import { expect, test } from "vitest";

import { recordSize } from "./record-size.ts";

function sizeOfRow(columns: string, row: Parameters<ReturnType<typeof recordSize>>[0]): number {
  const parsed = parseProgram(`CREATE TABLE t (${columns});`);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  const [table] = parsed.program.tables;
  if (table === undefined) throw new Error("no table");
  const declared: readonly Column[] = table.columns;
  expect(declared).toHaveLength(row.length);
  return recordSize(table)(row);
}

test.each([
  ["c1 INT", [0], '{"c1":0}'],
  ["c1 INT, c2 VARCHAR", [12, "abc"], '{"c1":12,"c2":"abc"}'],
  ["c1 BIGINT, c2 BOOLEAN", [null, true], '{"c1":null,"c2":true}'],
  ["d DATE, u UUID", [1, "x"], '{"d":"2026-01-31","u":"00000000-0000-0000-0000-000000000000"}'],
])("a record of %s has the size of its JSON text", (columns, row, text) => {
  expect(sizeOfRow(columns, row)).toBe(text.length);
});
