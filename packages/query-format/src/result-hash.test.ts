import * as fc from "fast-check";
import { expect, test } from "vitest";

import { resultHash } from "./result-hash.ts";
import { anyRowset, column, resultOf, type Rowset } from "./testing/any-result.ts";

async function hashOf(rowset: Rowset): Promise<string> {
  let text = "";
  for await (const piece of resultHash(resultOf(rowset))) text += piece;
  return text;
}

test("the order of rows and how they come in pieces do not change the hash", async () => {
  const shuffled = anyRowset.chain((rowset) =>
    fc
      .shuffledSubarray([...rowset.rows], { minLength: rowset.rows.length })
      .map((rows) => [rowset, { ...rowset, rows, pieceRows: 2 }] as const),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, async ([one, other]) => {
      const hash = await hashOf(one);
      expect(hash).toMatch(/^[\dA-F]{64}$/u);
      expect(await hashOf(other)).toBe(hash);
    }),
  );
});

test("a row more, a row twice, another value, name or type changes the hash", async () => {
  const text = column("a", { kind: "text", fixed: false });
  const base: Rowset = { columns: [text], rows: [["x"], [null]], pieceRows: 10 };
  const others: readonly Rowset[] = [
    base,
    { ...base, rows: [["x"]] },
    { ...base, rows: [["x"], ["x"], [null]] },
    { ...base, rows: [["x"], ["null"]] },
    { ...base, rows: [["x"], [""]] },
    { ...base, rows: [] },
    { ...base, columns: [column("b", text.type)] },
    { ...base, columns: [column("a", { kind: "variant" })] },
  ];
  const hashes = await Promise.all(others.map(hashOf));
  expect(new Set(hashes).size).toBe(others.length);
});
