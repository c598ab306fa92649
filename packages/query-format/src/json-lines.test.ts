import { expect, test } from "vitest";

import { jsonLines } from "./json-lines.ts";
import { column, resultOf } from "./testing/any-result.ts";

test("each row is a line of its own, NULL written out, and pieces end with a line", async () => {
  const columns = [
    column("n", { kind: "integer", bits: 64, unsigned: false }),
    column("T", { kind: "text", fixed: false }),
  ];
  const large = "x".repeat(700_000);
  const rows = [
    [9223372036854775807n, null],
    [1n, large],
    [2n, large],
    [3n, ""],
  ];
  const pieces: string[] = [];
  for await (const piece of jsonLines(resultOf({ columns, rows, pieceRows: 10 }))) {
    pieces.push(piece);
  }
  expect(pieces.join("")).toBe(
    `{"n":9223372036854775807,"T":null}\n{"n":1,"T":"${large}"}\n{"n":2,"T":"${large}"}\n{"n":3,"T":""}\n`,
  );
  expect(pieces.map((piece) => piece.endsWith("}\n"))).toEqual([true, true]);
});

test("timestamps are written as in ISO 8601, also inside other values", async () => {
  const columns = [
    column("at", { kind: "timestamp" }),
    column("all", { kind: "array", element: { kind: "timestamp", precision: 6 } }),
  ];
  const at = 1_708_863_153_123_456_789n;
  const rows = [[at, [at - (at % 1_000_000_000n)]]];
  let text = "";
  for await (const piece of jsonLines(resultOf({ columns, rows, pieceRows: 1 }))) text += piece;
  expect(text).toBe('{"at":"2024-02-25T12:12:33.123456789","all":["2024-02-25T12:12:33"]}\n');
});
