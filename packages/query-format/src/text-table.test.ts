import { expect, test } from "vitest";

import { column, resultOf } from "./testing/any-result.ts";
import { textTable } from "./text-table.ts";

const COLUMNS = [
  column("id", { kind: "integer", bits: 64, unsigned: false }),
  column("Name", { kind: "text", fixed: false }),
  column("price", { kind: "decimal", precision: 10, scale: 2 }),
];

async function drawn(rows: Parameters<typeof resultOf>[0]["rows"]): Promise<readonly string[]> {
  const pieces: string[] = [];
  const result = resultOf({ columns: COLUMNS, rows, pieceRows: 300 });
  for await (const piece of textTable(result)) pieces.push(piece);
  return pieces;
}

test("a text table is bordered, and as wide as its widest value", async () => {
  const pieces = await drawn([
    [1n, "long name", 150n],
    [12345n, null, -5n],
  ]);
  expect(pieces.join("")).toBe(
    `+-------+-----------+-------+
| id    | Name      | price |
+-------+-----------+-------+
| 1     | long name | 1.50  |
| 12345 |           | -0.05 |
+-------+-----------+-------+
`,
  );
});

test("without rows there is the heading", async () => {
  const head = "+----+------+-------+\n| id | Name | price |\n+----+------+-------+\n";
  expect((await drawn([])).join("")).toBe(`${head}+----+------+-------+\n`);
});

test("a value is one line of at most 64 characters", async () => {
  const text = (await drawn([[1n, `a\n${"🌊".repeat(70)}`, 1n]])).join("");
  expect(text).toContain(`| a\\n${"🌊".repeat(62)}... |`);
  expect(text.trimEnd().split("\n")).toHaveLength(5);
});

test("a thousand rows are drawn at a time, and later ones may widen their column", async () => {
  const rows = Array.from({ length: 2500 }, (_, i) => [BigInt(i), i < 1000 ? "a" : "longer", 0n]);
  const pieces = await drawn(rows);
  expect(pieces.map((piece) => piece.split("\n").length - 1)).toEqual([1003, 1000, 500, 1]);
  expect(pieces[0]).toContain("| 999 | a    | 0.00  |\n");
  expect(pieces[1]).toContain("| 1000 | longer | 0.00  |\n");
  expect(pieces[3]).toBe("+------+--------+-------+\n");
});
