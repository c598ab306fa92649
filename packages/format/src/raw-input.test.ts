import * as fc from "fast-check";
import { expect, test } from "vitest";

import { rawInput } from "./raw-input.ts";
import { cut, decodeAll, tableOf } from "./test-table.ts";

const text = tableOf("CREATE TABLE t (c VARCHAR)");
const bytes = tableOf("CREATE TABLE t (c VARBINARY NOT NULL)");
const wide = tableOf('CREATE TABLE t (a INT, "C" VARCHAR, b INT NOT NULL DEFAULT 3)');

test("a blob is one row, lines are those that are not empty", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 4 }), (places) => {
      const pieces = cut(Buffer.from("fo\n\nbär\r\nend"), places);
      const read = (mode: string): unknown =>
        decodeAll(rawInput.decoder({ table: text, config: { mode } }), pieces);
      expect(read("blob")).toMatchObject({
        changes: { rows: [["fo\n\nbär\r\nend"]] },
        consumedBytes: 13n,
      });
      expect(read("lines")).toMatchObject({ changes: { rows: [["fo"], ["bär\r"], ["end"]] } });
    }),
  );
});

test("bytes that are no text go only into columns of bytes", () => {
  const given = [Buffer.from([97, 10, 255, 10])];
  const config = { mode: "lines" };
  expect(decodeAll(rawInput.decoder({ table: bytes, config }), given).changes.rows).toEqual([
    [new Uint8Array([97])],
    [new Uint8Array([255])],
  ]);
  const decoded = decodeAll(rawInput.decoder({ table: text, config }), given);
  expect(decoded.changes.rows).toEqual([["a"]]);
  expect(decoded.errors).toMatchObject([{ eventNumber: 2, invalidBytes: [255] }]);
});

test("a column is chosen by its name, and the others take their defaults", () => {
  const decoder = rawInput.decoder({ table: wide, config: { column_name: '"C"' } });
  expect(decodeAll(decoder, [Buffer.from("x")]).changes.rows).toEqual([[undefined, "x"]]);
});

test.each([
  [wide, {}, "needs the name of the column"],
  [wide, { column_name: "c" }, `no column 'c'; there are: a, "C", b`],
  [wide, { column_name: "a" }, "must be of type VARCHAR or VARBINARY"],
  [tableOf("CREATE TABLE t (c VARCHAR, d INT NOT NULL)"), { column_name: "c" }, "leaves column d"],
  [text, { mode: "sheet" }, "expected one of `blob`, `lines`"],
])("a table and options that do not fit are refused", (table, config, message) => {
  expect(() => rawInput.decoder({ table, config })).toThrow(message);
});
