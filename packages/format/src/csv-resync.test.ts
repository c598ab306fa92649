/** Laws of bad CSV records: each is lost alone, and a heading finds columns by their names. */

import { type Decoded, type Decoder } from "@tidemark/connector";
import { type JsonObject, type Table } from "@tidemark/program";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { CsvDecoder } from "./csv-decoder.ts";
import { csvDialect } from "./csv-dialect.ts";
import { CsvHeading } from "./csv-heading.ts";
import { csvInput } from "./csv-input.ts";
import { csvRowReader } from "./csv-row.ts";
import { cut, decodeAll, tableOf } from "./test-table.ts";

const table = tableOf("CREATE TABLE t (id INT NOT NULL, v VARCHAR)");

function decode(text: string, config: JsonObject = {}, of: Table = table): Decoded {
  return decodeAll(csvInput.decoder({ table: of, config }), [Buffer.from(text)]);
}

function rows(text: string, config: JsonObject = {}, of: Table = table): unknown {
  return decode(text, config, of).changes.rows;
}

describe("a quote that is never closed", () => {
  test.each([[`2,"open`], [`2,"open ""twice""`], [`2,"open,and more,`], [`"2,open`], [`2,"`]])(
    "is an error of its line alone: %j",
    (bad) => {
      const text = `1,a\n${bad}\n3,"c"\n4,"d ""e"""\n5,f\n`;
      const decoded = decode(text);
      expect(decoded.changes.rows).toEqual([
        [1, "a"],
        [3, "c"],
        [4, `d "e"`],
        [5, "f"],
      ]);
      expect(decoded.errors).toMatchObject([
        {
          description: "failed to deserialize CSV record: a quote is not closed",
          eventNumber: 2,
          invalidText: bad,
          byteOffset: 4n,
        },
      ]);
      expect(decode(`1,a\n${bad}`).errors).toHaveLength(1);
      expect(rows(`1,a\n${bad}\n3,c\n`)).toEqual([
        [1, "a"],
        [3, "c"],
      ]);
    },
  );

  test("takes up no more than one record may, and then the next line goes on", () => {
    const dialect = csvDialect({});
    const decoder = new CsvDecoder({
      dialect,
      readRow: csvRowReader(table),
      heading: new CsvHeading(table, false),
      longestBytes: 100,
    });
    const good = Array.from({ length: 100 }, (_, index) => `${index},x\n`);
    const decoded = decodeAll(decoder, [Buffer.from(`0,"open\n${good.join("")}`)]);
    expect(decoded.records).toBe(100);
    expect(decoded.errors).toHaveLength(1);
    const long = `7,${"x".repeat(200)}\n`;
    expect(decodeAll(decoder, [Buffer.from(`1,a\n${long}2,b\n`)])).toMatchObject({
      records: 2,
      errors: [{ description: expect.stringContaining("longer than 100 bytes") }],
    });
  });

  test("is not consumed while it may still be closed", () => {
    const decoder = csvInput.decoder({ table, config: {} });
    expect(decoder.push(Buffer.from(`1,a\n2,"b\n3,c\n`))).toMatchObject({
      records: 1,
      consumedBytes: 4n,
    });
    expect(decoder.unfinished?.()).toEqual({
      byteOffset: 4n,
      what: "a CSV record",
      awaits: "its closing quote",
    });
    expect(decoder.push(Buffer.from(`"\n`))).toMatchObject({ records: 1, errors: [] });
  });
});

test("lines end with a newline, a return, or both", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    expect(rows(["1,a", "", '2,"b"', "3,c", ""].join(end))).toEqual([
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ]);
    expect(rows(["1,a", "2,b"].join(end))).toHaveLength(2);
    expect(rows(`1,"a${end}b"\n`)).toEqual([[1, `a${end}b`]]);
  }
});

test("what is odd in a record stays in it", () => {
  const text = `1,a"b"c\n2,"a" b\nx\n3,\n4,d,e,\n5,\0\n\uFEFF6,f\n7,g`;
  const decoded = decode(text);
  expect(decoded.changes.rows).toEqual([
    [1, `a"b"c`],
    [2, "a b"],
    [3, ""],
    [4, "d"],
    [5, "\0"],
    [7, "g"],
  ]);
  expect(decoded.errors.map(({ byteOffset }) => byteOffset)).toEqual([16n, 32n]);
});

describe("a heading", () => {
  const headers = { headers: true };
  const wide = tableOf(
    'CREATE TABLE t (id INT NOT NULL, v VARCHAR, n INT NOT NULL DEFAULT 3, "Q" VARCHAR)',
  );

  test("finds columns by name in any order and case, ignores what it does not know", () => {
    expect(rows(`V,more,Id\na,x,1\n"b",,2\n`, headers)).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
    expect(rows(` v ,id\na,1\n`, { ...headers, trim: "all" })).toEqual([[1, "a"]]);
    expect(rows(`id,Q\n1,q\n`, headers, wide)).toEqual([[1, undefined, undefined, "q"]]);
    expect(rows(`\uFEFFv,id\r\na,1\r\n`, headers)).toEqual([[1, "a"]]);
  });

  test.each([
    ["v,more", "the heading lacks column 'id'; it has: v, more"],
    ["id,v,ID", "the heading names column 'id' twice"],
    ["id,q", "incorrect case-sensitive field name: expected: Q, found: q"],
    [`id,"v`, "a quote is not closed"],
  ])("that does not fit refuses its stream with one error: %s", (heading, message) => {
    const decoded = decode(`${heading}\n1,a\n"2",b\n`, headers, wide);
    expect(decoded.changes.rows).toEqual([]);
    expect(decoded.errors).toMatchObject([
      { description: expect.stringContaining(message), byteOffset: 0n },
    ]);
  });

  test("holds for a decoder that goes on in its stream", () => {
    const text = Buffer.from(`\uFEFFv,id\na,1\nb,2\nc,3,x\n`);
    for (const config of [headers, { ...headers, flexible: false }]) {
      const first = csvInput.decoder({ table, config });
      const { consumedBytes } = first.push(text.subarray(0, 14));
      const rest = csvInput.decoder({ table, config, continued: true, beginning: text });
      const decoded = decodeAll(rest, [text.subarray(Number(consumedBytes))]);
      expect(decoded.changes.rows[0]).toEqual([2, "b"]);
      expect(decoded.errors).toHaveLength("flexible" in config ? 1 : 0);
    }
  });
});

test("the same bytes give the same rows and errors wherever they are cut", () => {
  const parts = fc.constantFrom(
    "1,a\n",
    `2,"b"\n`,
    `3,"c\n\r"`,
    "\n",
    "\r",
    "\r\n",
    `"`,
    ",",
    "x",
    "#",
    "\\",
    "é",
    Buffer.from([0xff]).toString("latin1"),
  );
  const configs = fc.constantFrom<JsonObject>(
    {},
    { headers: true },
    { flexible: false, comment: "#" },
    { escape: "\\" },
    { double_quote: false },
    { quoting: false },
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 10 }), configs, (texts, config) => {
      const bytes = Buffer.from(texts.join(""));
      const fresh = (): Decoder => csvInput.decoder({ table, config });
      const whole = decodeAll(fresh(), [bytes]);
      for (let place = 0; place <= bytes.length; place += 1) {
        expect(decodeAll(fresh(), cut(bytes, [place]))).toEqual(whole);
      }
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(decodeAll(fresh(), single)).toEqual(whole);
      expect(whole.consumedBytes).toBe(BigInt(bytes.length));
      for (let place = 0; place <= bytes.length; place += 1) {
        const first = fresh().push(bytes.subarray(0, place));
        const from = Number(first.consumedBytes);
        const beginning = bytes.subarray(0, from);
        const rest = csvInput.decoder({ table, config, continued: true, beginning });
        const last = decodeAll(from === 0 ? fresh() : rest, [bytes.subarray(from)]);
        expect([...first.changes.rows, ...last.changes.rows]).toEqual(whole.changes.rows);
        expect(first.errors.length + last.errors.length).toBe(whole.errors.length);
      }
    }),
    { numRuns: 200 },
  );
});
