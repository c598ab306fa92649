import { type Decoded } from "@tidemark/connector";
import { type JsonObject, type Table } from "@tidemark/program";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { jsonInput } from "./json-input.ts";
import { cut, decodeAll, tableOf, tableOfTypes } from "./test-table.ts";

const keyed = tableOf("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR NOT NULL, note VARCHAR)");
const bag = tableOf("CREATE TABLE t (id INT NOT NULL, note VARCHAR)");
const raw = { update_format: "raw" };

function decode(text: string, config: JsonObject = {}, table: Table = keyed): Decoded {
  return decodeAll(jsonInput.decoder({ table, config }), [Buffer.from(text)]);
}

function description(text: string, config: JsonObject = raw, table: Table = keyed): string {
  return decode(text, config, table)
    .errors.map((error) => error.description)
    .join("\n");
}

describe("events", () => {
  test("the parts of an event apply in the order delete, insert, update", () => {
    const event = `{"update": {"id": 3, "note": "n"}, "insert": {"id": 2, "name": "b"}, "delete": {"id": 1}}`;
    expect(decode(event)).toMatchObject({
      changes: {
        operations: ["delete", "insert", "update"],
        rows: [
          [1, undefined, undefined],
          [2, "b", undefined],
          [3, undefined, "n"],
        ],
      },
      records: 1,
    });
  });

  test("an event is taken as a whole or not at all", () => {
    const decoded = decode(`{"delete": {"id": 1}, "insert": {"id": 2}} {"delete": {"id": 7}}`);
    expect(decoded.changes.rows).toEqual([[7, undefined, undefined]]);
    expect(decoded.records).toBe(1);
  });

  test("a bag is deleted from by whole rows and knows no update", () => {
    expect(description(`{"delete": {"note": "x"}}`, {}, bag)).toContain("missing field `id`");
    expect(description(`{"update": {"id": 1}}`, {}, bag)).toContain(
      "need a table with a primary key",
    );
  });

  test("debezium deletes what was before and inserts what is after", () => {
    const config = { update_format: "debezium" };
    const event = `{"payload": {"op": "u", "before": {"id": 1, "name": "a"}, "after": {"id": 1, "name": "b"}}}`;
    expect(decode(event, config).changes).toMatchObject({
      operations: ["delete", "insert"],
      rows: [
        [1, undefined, undefined],
        [1, "b", undefined],
      ],
    });
    expect(description(`{"op": "c"}`, config)).toContain("missing field `payload`");
  });

  test("a record that is no event is refused with an example", () => {
    const [error] = decode(`{"id": 1}`).errors;
    expect(error?.suggestion).toContain(`{"insert": {...} }`);
  });
});

describe("records", () => {
  test("unquoted columns match in any case, unknown keys are ignored", () => {
    expect(decode(`{"ID": 1, "Name": "a", "more": {}}`, raw).changes.rows).toEqual([
      [1, "a", undefined],
    ]);
  });

  test("a quoted column matches exactly, and its wrong case is named", () => {
    const table = tableOf(`CREATE TABLE t ("Id" INT)`);
    expect(decode(`{"Id": 1}`, raw, table).changes.rows).toEqual([[1]]);
    expect(description(`{"ID": 1}`, raw, table)).toContain(
      "incorrect case-sensitive field name: expected: Id, found: ID",
    );
  });

  test("a missing column is left to its default or NULL, or is an error where it has neither", () => {
    const table = tableOf("CREATE TABLE t (a INT NOT NULL, b INT NOT NULL DEFAULT 3, c INT)");
    expect(decode(`{"a": 1}`, raw, table).changes.rows).toEqual([[1, undefined, undefined]]);
    expect(decode(`{"b": 1}`, raw, table).errors).toEqual([
      {
        description: "failed to deserialize JSON record: missing field `a`",
        eventNumber: 1,
        field: "a",
        invalidBytes: null,
        invalidText: `{"b": 1}`,
        suggestion: null,
        tag: null,
        byteOffset: 0n,
      },
    ]);
  });

  test("an array gives the columns by place, surplus ones ignored", () => {
    expect(decode(`[1, "a", null, "more"]`, raw).changes.rows).toEqual([[1, "a", null]]);
    expect(description(`[1]`)).toContain("invalid length 1");
  });

  test("columns named like the properties of every object are found only where given", () => {
    const table = tableOf(`CREATE TABLE t (constructor VARCHAR, "toString" VARCHAR)`);
    expect(decode(`{}`, raw, table).changes.rows).toEqual([[undefined, undefined]]);
    expect(decode(`{"constructor": "c"}`, raw, table).changes.rows).toEqual([["c", undefined]]);
  });

  test.each([
    ["INT", `"x"`, `invalid type: string "x", expected i32`],
    ["TINYINT", "128", "invalid value: integer `128`, expected i8"],
    ["INT", "1.5", "invalid type: floating point `1.5`, expected i32"],
    ["BIGINT", "9223372036854775808", "invalid value: integer `9223372036854775808`, expected i64"],
    ["BIGINT UNSIGNED", "-1", "invalid value: integer `-1`, expected u64"],
    ["BOOLEAN", "1", "invalid type: integer `1`, expected a boolean"],
    ["DECIMAL(4, 2)", "1.234", "does not fit DECIMAL(4, 2): too many fraction digits"],
    ["DECIMAL(4, 2)", "100", "does not fit DECIMAL(4, 2): too large"],
    ["DECIMAL(4, 2)", `"NaN"`, "expected a decimal number"],
    ["DOUBLE", "1e999", "expected a 64-bit float"],
    ["DOUBLE", `"Infinity"`, "expected a floating point number"],
    ["REAL", "1e39", "expected a 32-bit float"],
    ["DATE", `"2023-02-29"`, "expected a date YYYY-MM-DD"],
    ["TIME", `"24:00:00"`, "expected a time HH:MM:SS[.f]"],
    ["TIMESTAMP", `"2023-01-01 10:00"`, "expected a timestamp"],
    ["UUID", `"x"`, "expected a UUID"],
    ["BINARY(2)", "[256]", "expected a byte from 0 to 255"],
    ["INT ARRAY", "{}", "invalid type: map, expected a sequence"],
    ["MAP<INT, INT>", `{"x": 1}`, "expected i32"],
    ["MAP<VARCHAR, INT>", `{"\\ud800": 1}`, "without lone surrogates"],
    ["MAP<VARIANT, INT>", `{"\\ud800": 1}`, "lone surrogate"],
    ["MAP<VARIANT, INT>", `{"a": "x"}`, "expected i32"],
    ["ROW(a INT NOT NULL)", "{}", "missing field `a`"],
    ["VARCHAR", `"\\ud800"`, "without lone surrogates"],
    ["INT NOT NULL", "null", "invalid type: null, expected i32"],
  ])("%s refuses %s", (type, value, expected) => {
    const table = tableOf(`CREATE TABLE t (c ${type})`);
    const found = description(`{"c": ${value}}`, raw, table);
    expect(found).toContain("failed to deserialize JSON record: error parsing field 'c': ");
    expect(found).toContain(expected);
  });

  test.each([
    ["DECIMAL(10, 2)", "1.5", 150n],
    ["DECIMAL(10, 2)", `" -1.50 "`, -150n],
    ["DECIMAL(10, 2)", "1e3", 100_000n],
    [
      "DECIMAL(38, 20)",
      "123456789012345678.12345678901234567890",
      12345678901234567812345678901234567890n,
    ],
    ["BIGINT", "-9223372036854775808", -9223372036854775808n],
    ["BIGINT UNSIGNED", "18446744073709551615", 18446744073709551615n],
    ["DOUBLE", `"-1.40"`, -1.4],
    ["DATE", `" 1970-1-02 "`, 1],
    ["TIME", `"00:00:01.000000001"`, 1_000_000_001n],
    ["TIMESTAMP", `"1970-01-01 00:00:01.5"`, 1_500_000_000n],
    ["TIMESTAMP", `"1970-01-01T02:00:00+02:00"`, 0n],
    ["TIMESTAMP", `"1969-12-31T23:59:59.999999999Z"`, -1n],
    ["UUID", `"67E55044-10B1-426F-9247-BB680E5FE0C8"`, "67e55044-10b1-426f-9247-bb680e5fe0c8"],
    ["VARIANT", `{"a": [1.0, 12345678901234567890]}`, `{"a":[1.0,12345678901234567890]}`],
    [
      "MAP<VARCHAR, INT>",
      `{"k": 1, "n": null}`,
      [
        ["k", 1],
        ["n", null],
      ],
    ],
    [
      "MAP<VARIANT, VARIANT>",
      `{"a": [1.10], "1": null}`,
      [
        ['"1"', null],
        ['"a"', "[1.10]"],
      ],
    ],
    ["MAP<DATE, INT>", `{"1970-01-02": 1}`, [[1, 1]]],
    ["MAP<DECIMAL(4, 2), INT>", `{"1.5": 1}`, [[150n, 1]]],
    ["MAP<BOOLEAN, INT>", `{"true": 1}`, [[true, 1]]],
    ["MAP<INT ARRAY, INT>", `{"[1,2]": 1}`, [[[1, 2], 1]]],
    ["ROW(a INT, B INT)", `{"b": 2}`, [null, 2]],
    ["CHAR(2)", `"abc"`, "abc"],
  ])("%s takes %s", (type, text, value) => {
    const table = tableOf(`CREATE TABLE t (c ${type})`);
    expect(decode(`{"c": ${text}}`, raw, table).changes.rows).toEqual([[value]]);
  });

  test("a debezium flavor reads days, microseconds and base64", () => {
    const table = tableOf("CREATE TABLE t (d DATE, t TIME, ts TIMESTAMP, b VARBINARY)");
    const config = { ...raw, json_flavor: "debezium_postgres" };
    const record = `{"d": 2, "t": 3, "ts": 1700000000000001, "b": "AQI="}`;
    expect(decode(record, config, table).changes.rows).toEqual([
      [2, 3000n, 1_700_000_000_000_001_000n, new Uint8Array([1, 2])],
    ]);
  });
});

describe("nothing is rounded", () => {
  test("a long whole number is exact beside a long fraction, and one out of range is refused", () => {
    const wide = tableOf("CREATE TABLE t (id BIGINT, x DOUBLE)");
    const decoded = decode(
      `{"id": 9007199254740993, "x": 0.5166666666666667}
       {"id": 7, "x": 0.12345678901234568}
       {"id": 0.5166666666666667, "x": 1}
       {"id": 8, "x": 1e999}`,
      raw,
      wide,
    );
    expect(decoded.changes.rows).toEqual([
      [9007199254740993n, 0.5166666666666667],
      [7n, 0.12345678901234568],
    ]);
    expect(decoded.errors.map(({ field }) => field)).toEqual(["id", "x"]);
  });

  test("numbers read the same whether plain parsing would hold them or not", () => {
    const digits = fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n });
    const table = tableOfTypes([{ kind: "decimal", precision: 38, scale: 18 }]);
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 18 }), (units, zeros) => {
        const rest = 10n ** BigInt(zeros);
        const exact = (units / rest) * rest;
        const sign = exact < 0n ? "-" : "";
        const all = String(exact < 0n ? -exact : exact).padStart(19, "0");
        const fraction = all.slice(-18).replace(/0+$/, "");
        const text = `${sign}${all.slice(0, -18)}${fraction === "" ? "" : `.${fraction}`}`;
        expect(decode(`{"c0": ${text}}`, raw, table).changes.rows).toEqual([[exact]]);
      }),
      { numRuns: 1000 },
    );
  });

  test("every float of up to 15 digits reads as the decimal that was written", () => {
    const table = tableOfTypes([{ kind: "decimal", precision: 20, scale: 5 }]);
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (units) => {
        const text = `${units / 100_000n}.${String(units < 0n ? -units : units)
          .padStart(6, "0")
          .slice(-5)}`;
        const signed = units < 0n && !text.startsWith("-") ? `-${text}` : text;
        expect(decode(`{"c0":${signed}}`, raw, table).changes.rows).toEqual([[units]]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("streams", () => {
  test("documents may span lines, share them, or follow each other without blanks", () => {
    const text = `[1,"a",null]{"id":2,\n"name":"b"} [3,"}\\"{",null]\r\n\n[4,"d",null]`;
    expect(decode(text, raw).changes.rows.map((row) => row[0])).toEqual([1, 2, 3, 4]);
  });

  test("a document is answered once its last byte is there, and no byte is consumed before", () => {
    const decoder = jsonInput.decoder({ table: keyed, config: raw });
    expect(decoder.push(Buffer.from(`[1,"a",null] [2,`))).toMatchObject({
      records: 1,
      consumedBytes: 13n,
    });
    expect(decoder.push(Buffer.from(`"b",null]`))).toMatchObject({
      records: 1,
      consumedBytes: 25n,
    });
    expect(decoder.finish()).toMatchObject({ records: 0, consumedBytes: 25n });
  });

  test("cuts change nothing, and a reader that starts again at consumedBytes loses and repeats nothing", () => {
    const piece = fc.constantFrom(
      `{"insert":{"id":1,"name":"é\\"}{"}}`,
      `{"insert":\n{"id":2,\n"name":"😀"}}`,
      `{"delete":{"id":3}}`,
      `{"insert":{"id":"bad"}}`,
      "\n",
      " \r\n",
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(), { maxLength: 5 }), (pieces, places) => {
        const bytes = Buffer.from(pieces.join(""));
        const whole = decodeAll(jsonInput.decoder({ table: keyed, config: {} }), [bytes]);
        const parts = cut(bytes, places);
        const cutUp = decodeAll(jsonInput.decoder({ table: keyed, config: {} }), parts);
        expect(cutUp).toEqual(whole);

        const first = jsonInput.decoder({ table: keyed, config: {} });
        const answer = first.push(parts[0] ?? bytes);
        const resumed = jsonInput.decoder({ table: keyed, config: {} });
        const rest = decodeAll(resumed, [bytes.subarray(Number(answer.consumedBytes))]);
        expect([...answer.changes.rows, ...rest.changes.rows]).toEqual(whole.changes.rows);
        expect(answer.records + rest.records).toBe(whole.records);
      }),
      { numRuns: 500 },
    );
  });

  test("an array is all or nothing, and every failing element is reported", () => {
    const config = { ...raw, array: "true" };
    const decoded = decode(
      `[[1,"a",null],{"id":2},[3,"c",null],{"id":"x"}]\n[[5,"e",null]]`,
      config,
    );
    expect(decoded.changes.rows.map((row) => row[0])).toEqual([5]);
    expect(decoded.records).toBe(1);
    expect(decoded.errors.map((error) => error.eventNumber)).toEqual([2, 4]);
    expect(description(`{}`, config)).toContain("JSON array");
  });

  test("with single lines a broken line is one error and the next line goes on", () => {
    const config = { ...raw, lines: "single" };
    const decoded = decode(`[1,"a",null]\n{"id":\n[2,"b",null]\n[3,"c",null]`, config);
    expect(decoded.changes.rows.map((row) => row[0])).toEqual([1, 2, 3]);
    expect(decoded.errors).toHaveLength(1);
  });

  test("events are counted for the whole life of the decoder", () => {
    const decoder = jsonInput.decoder({ table: keyed, config: raw });
    decodeAll(decoder, [Buffer.from(`[1,"a",null]\n{}\n`)]);
    expect(decodeAll(decoder, [Buffer.from(`{}`)]).errors[0]?.eventNumber).toBe(3);
  });

  test("bytes that are no UTF-8 are refused and shown", () => {
    const bytes = Buffer.concat([Buffer.from(`[1,"`), Buffer.from([0xff]), Buffer.from(`",null]`)]);
    const { errors } = decodeAll(jsonInput.decoder({ table: keyed, config: raw }), [bytes]);
    expect(errors[0]?.description).toContain("invalid UTF-8");
    expect(errors[0]?.invalidBytes).toContain(0xff);
  });

  test("any bytes are answered, never thrown, and are all consumed in the end", () => {
    const soup = fc.array(
      fc.constantFrom(
        ...'[ ] { } : , " \\ 1 e u - n'.split(" "),
        " ",
        "\n",
        "null",
        '"insert"',
        "[1,2]",
      ),
    );
    const bytes = fc.oneof(
      fc.uint8Array(),
      soup.map((parts) => Buffer.from(parts.join(""))),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (given, array) => {
        const decoder = jsonInput.decoder({ table: keyed, config: { array } });
        expect(decodeAll(decoder, [given]).consumedBytes).toBe(BigInt(given.length));
      }),
      { numRuns: 1000 },
    );
  });

  test("nesting without end is an error of its record", () => {
    const table = tableOf("CREATE TABLE t (v VARIANT)");
    const deep = `{"v": ${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    expect(decode(deep, raw, table).errors).toHaveLength(1);
  });
});

test.each([
  [
    { update_format: "snowflake" },
    "unsupported",
    "Snowflake is not supported for JSON input streams",
  ],
  [{ update_format: "xyz" }, "invalid", "unknown variant `xyz`, expected one of"],
  [{ json_flavor: "salty" }, "invalid", "unknown variant `salty`"],
  [{ array: "maybe" }, "invalid", "provided string was not `true` or `false`"],
  [{ lines: 3 }, "invalid", "unknown variant `3`"],
])("the configuration %j is refused as %s", (config, kind, message) => {
  const [field = ""] = Object.keys(config);
  expect(() => jsonInput.decoder({ table: keyed, config })).toThrow(
    expect.objectContaining({ kind, field, message: expect.stringContaining(message) }),
  );
});
