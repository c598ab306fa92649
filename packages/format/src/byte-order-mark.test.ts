import * as fc from "fast-check";
import { expect, test } from "vitest";

import { csvInput } from "./csv-input.ts";
import { jsonInput } from "./json-input.ts";
import { cut, decodeAll, tableOf } from "./test-table.ts";

const table = tableOf("CREATE TABLE t (c VARCHAR)");
const streams = [
  { format: csvInput, config: {}, text: "a\nb\n" },
  { format: jsonInput, config: { update_format: "raw" }, text: '{"c":"a"}\n{"c":"b"}' },
];

test.each(streams)("a mark before $format.name is skipped, however it is cut", (stream) => {
  const { format, config, text } = stream;
  const bytes = Buffer.from(`\uFEFF${text}`);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 4 }), (places) => {
      const decoder = format.decoder({ table, config });
      const decoded = decodeAll(decoder, cut(bytes, places));
      expect(decoded.changes.rows).toEqual([["a"], ["b"]]);
      expect(decoded.consumedBytes).toBe(BigInt(bytes.length));
      expect(decodeAll(decoder, [bytes]).changes.rows).toEqual([["a"], ["b"]]);
    }),
  );
});

test("a mark that is not whole, or stands elsewhere, is data", () => {
  const read = (bytes: Buffer): unknown =>
    decodeAll(csvInput.decoder({ table, config: {} }), [bytes]).changes.rows;
  expect(read(Buffer.from("a\n\uFEFFb\n"))).toEqual([["a"], ["\uFEFFb"]]);
  const part = decodeAll(csvInput.decoder({ table, config: {} }), [Buffer.from([0xef, 0xbb])]);
  expect(part.errors[0]?.description).toContain("invalid UTF-8");
});
