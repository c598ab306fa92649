/** Bodies that are cut anywhere: what is sent is all of it, and ends with whole records until then. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { WholeRecords } from "./cutting.ts";
import { recordEnds } from "./record-ends.ts";

const TEXT = fc.string({
  unit: fc.constantFrom("a", "é", '"', "\\", ",", "{", "}", "[", "]", "\n"),
});
const DOCUMENT = fc.oneof(
  fc.dictionary(TEXT, TEXT).map((value) => JSON.stringify(value)),
  fc.dictionary(TEXT, TEXT).map((value) => JSON.stringify(value, undefined, 1)),
  fc.array(TEXT).map((value) => JSON.stringify(value)),
);
const FIELD = TEXT.map((text) => `"${text.replaceAll('"', '""')}"`);
const PLAIN = fc.string({ unit: fc.constantFrom("a", "é", '"', "5") }).map((text) => `a${text}`);
const RECORD = fc.array(fc.oneof(FIELD, PLAIN), { minLength: 1 }).map((fields) => fields.join(","));
const LINE_END = fc.constantFrom("\n", "\r\n", "\r");

/** Records with what ends them, and where the body is cut into pieces. */
const BODIES = fc.record({
  body: fc.oneof(
    fc.record({
      format: fc.constant("json" as const),
      records: fc.array(DOCUMENT),
      end: fc.constantFrom("\n", ""),
    }),
    fc.record({ format: fc.constant("csv" as const), records: fc.array(RECORD), end: LINE_END }),
  ),
  sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
});

function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe("a body that is sent in whole records", () => {
  test("has nothing lost or added, and always ends with a record", () => {
    fc.assert(
      fc.property(BODIES, ({ body: { format, records, end }, sizes }) => {
        const bytes = Buffer.from(records.map((record) => `${record}${end}`).join(""));
        const ends = new Set<number>([0]);
        let length = 0;
        for (const record of records) {
          length += Buffer.byteLength(record);
          if (format === "json") ends.add(length);
          for (let at = 1; at <= end.length; at += 1) ends.add(length + at);
          length += end.length;
        }
        const cutting = new WholeRecords(recordEnds(format, {}));
        const sent: Uint8Array[] = [];
        let sentBytes = 0;
        for (const piece of pieces(bytes, sizes)) {
          const ready = cutting.take(piece);
          sent.push(ready);
          sentBytes += ready.length;
          expect(ends).toContain(sentBytes);
        }
        expect(Buffer.concat([...sent, cutting.rest()])).toEqual(bytes);
      }),
    );
  });

  test("goes on behind a record that is longer than what is held, whole or not", () => {
    const long = Buffer.from(`{"a":"${"x".repeat(3 << 20)}`);
    const cutting = new WholeRecords(recordEnds("json", {}));
    const first = cutting.take(long);
    expect(first.length).toBe(long.length);
    expect(cutting.take(Buffer.from('\n{"n":1}\n{"n"')).toString()).toBe('\n{"n":1}\n');
  });

  test("follows the quote, escape and delimiter that its parameters name", () => {
    const parameters = { quote: "'", escape: "\\", delimiter: ";" };
    const cutting = new WholeRecords(recordEnds("csv", parameters));
    expect(cutting.take(Buffer.from("1;'a\\'\n'\n\"\n2;'b\n")).toString()).toBe("1;'a\\'\n'\n\"\n");
    const unquoted = new WholeRecords(recordEnds("csv", { quoting: "false" }));
    expect(unquoted.take(Buffer.from('1,"a\n2')).toString()).toBe('1,"a\n');
  });
});
