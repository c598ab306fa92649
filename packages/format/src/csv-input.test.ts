import { type Decoded } from "@tidemark/connector";
import { type JsonObject, type Table } from "@tidemark/program";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { csvInput } from "./csv-input.ts";
import { cut, decodeAll, tableOf } from "./test-table.ts";

const texts = tableOf("CREATE TABLE t (a VARCHAR NOT NULL, b VARCHAR)");
const numbers = tableOf("CREATE TABLE t (a INT NOT NULL, b DECIMAL(10, 2))");

function decode(text: string, config: JsonObject = {}, table: Table = texts): Decoded {
  return decodeAll(csvInput.decoder({ table, config }), [Buffer.from(text)]);
}

function rows(text: string, config: JsonObject = {}, table: Table = texts): unknown {
  const { errors, changes } = decode(text, config, table);
  expect(errors).toEqual([]);
  return changes.rows;
}

test("fields are taken by place, surplus ones ignored, missing ones empty", () => {
  expect(rows("a,b,c\r\nd\n")).toEqual([
    ["a", "b"],
    ["d", ""],
  ]);
});

test("a missing field of a column with a default is left to it", () => {
  const table = tableOf("CREATE TABLE t (a INT, b INT NOT NULL DEFAULT 7)");
  expect(rows("1\n", {}, table)).toEqual([[1, undefined]]);
});

test("empty and NULL fields are NULL, but the empty and the quoted text are text", () => {
  expect(rows("1,\n2,NULL\n3,null\n", {}, numbers)).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  expect(rows(`x,\nx,NULL\nx,"NULL"\n`)).toEqual([
    ["x", ""],
    ["x", null],
    ["x", "NULL"],
  ]);
});

test("quotes hold delimiters, line ends and doubled quotes", () => {
  expect(rows(`"a,""b""\nc",d\n"e"f,g"h\n`)).toEqual([
    [`a,"b"\nc`, "d"],
    ["ef", `g"h`],
  ]);
});

test.each([
  ["delimiter", { delimiter: ";" }, "a;b,c\n", ["a", "b,c"]],
  ["quote", { quote: "'" }, `'a,b',"c"\n`, ["a,b", `"c"`]],
  ["escape", { escape: "\\" }, `"a\\",b",c\n`, [`a",b`, "c"]],
  ["double_quote", { double_quote: false, escape: "\\" }, `"a\\"",c\n`, [`a"`, "c"]],
  ["quoting", { quoting: "false" }, `"a","b"\n`, [`"a"`, `"b"`]],
  ["comment", { comment: "#" }, `#a,b\nc,"d"\n#e\n`, ["c", "d"]],
  ["headers", { headers: true }, "A,B\nc,d\n", ["c", "d"]],
  ["trim", { trim: "fields" }, ` a , "b"\n`, ["a", `"b"`]],
])("the option %s is honoured", (_name, config, text, row) => {
  expect(rows(text, config)).toEqual([row]);
});

test("records of another length are refused where they may not differ", () => {
  const decoded = decode("a,b\nc\nd,e\n", { flexible: false });
  expect(decoded.changes.rows).toHaveLength(2);
  expect(decoded.errors[0]).toMatchObject({
    eventNumber: 2,
    description: expect.stringContaining("found record with 1 fields"),
  });
});

test("bad records are reported and the good ones around them taken", () => {
  const decoded = decode("1,1.5\nx,2\n3,3.999\n4,4\n", {}, numbers);
  expect(decoded.changes.rows).toEqual([
    [1, 150n],
    [4, 400n],
  ]);
  expect(decoded.errors).toMatchObject([
    {
      eventNumber: 2,
      field: "a",
      invalidText: "x,2",
      description: `failed to deserialize CSV record: error parsing field 'a': invalid type: string "x", expected i32`,
    },
    { eventNumber: 3, field: "b" },
  ]);
});

test("cuts change nothing, and a reader that starts again at consumedBytes loses and repeats nothing", () => {
  const piece = fc.constantFrom("a,b\n", `"é\n,""",😀\r\n`, "\n", "x\n", `y"z,"q"\n`);
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(), { maxLength: 5 }), (pieces, places) => {
      const bytes = Buffer.from(pieces.join(""));
      const whole = decodeAll(csvInput.decoder({ table: texts, config: {} }), [bytes]);
      const parts = cut(bytes, places);
      expect(decodeAll(csvInput.decoder({ table: texts, config: {} }), parts)).toEqual(whole);

      const answer = csvInput.decoder({ table: texts, config: {} }).push(parts[0] ?? bytes);
      const resumed = csvInput.decoder({ table: texts, config: {} });
      const rest = decodeAll(resumed, [bytes.subarray(Number(answer.consumedBytes))]);
      expect([...answer.changes.rows, ...rest.changes.rows]).toEqual(whole.changes.rows);
    }),
    { numRuns: 500 },
  );
});

test("any bytes are answered, never thrown, and are all consumed in the end", () => {
  const soup = fc
    .array(fc.constantFrom('"', ",", "\n", "\r", "\\", " ", "a", "1", "#"))
    .map((parts) => Buffer.from(parts.join("")));
  const config = { comment: "#", escape: "\\" };
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), soup), (given) => {
      const decoder = csvInput.decoder({ table: numbers, config });
      expect(decodeAll(decoder, [given]).consumedBytes).toBe(BigInt(given.length));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [{ delimiter: "" }, "delimiter"],
  [{ delimiter: '"' }, "delimiter"],
  [{ quote: "ab" }, "quote"],
  [{ trim: "some" }, "trim"],
  [{ headers: "yes" }, "headers"],
])("the configuration %j is refused", (config, field) => {
  expect(() => csvInput.decoder({ table: texts, config })).toThrow(
    expect.objectContaining({ name: "ConfigError", field }),
  );
});
