/** Laws of Debezium's events, as its MySQL and PostgreSQL connectors write them. */

import { type Decoded } from "@tidemark/connector";
import { type Table } from "@tidemark/program";
import { describe, expect, test } from "vitest";

import { jsonInput } from "./json-input.ts";
import { decodeAll, tableOf } from "./test-table.ts";

const TEXT = "__debezium_unavailable_value";
const BYTES = Buffer.from(TEXT).toString("base64");
const keyed = tableOf(
  "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR, b VARBINARY, a VARCHAR ARRAY, n INT NOT NULL)",
);
const bag = tableOf("CREATE TABLE t (id INT NOT NULL, v VARCHAR)");

function decode(
  events: readonly unknown[],
  table: Table = keyed,
  flavor: string = "debezium_postgres",
): Decoded {
  const config = { update_format: "debezium", json_flavor: flavor };
  const text = events
    .map((event) => (typeof event === "string" ? event : JSON.stringify(event)))
    .join("\n");
  return decodeAll(jsonInput.decoder({ table, config }), [Buffer.from(text)]);
}

function changes({ changes: { rows, operations }, errors }: Decoded): unknown {
  expect(errors).toEqual([]);
  return rows.map((row, at) => [operations?.[at] ?? "insert", ...row]);
}

function refusal(events: readonly unknown[], table: Table = keyed): string {
  const { errors, changes: made } = decode(events, table);
  expect(made.rows).toEqual([]);
  return errors.map(({ description }) => description).join("\n");
}

function eventOf(op: string, before: unknown, after: unknown): unknown {
  return { payload: { op, before, after, source: {}, ts_ms: 1 } };
}

/** What a column of a type holds of a field with a schema. */
function read(type: string, field: unknown, json: string, flavor: string): unknown {
  const table = tableOf(`CREATE TABLE t (c ${type})`);
  const struct = { type: "struct", field: "after", fields: [{ ...Object(field), field: "c" }] };
  const schema = JSON.stringify({ type: "struct", fields: [struct] });
  const text = `{"schema":${schema},"payload":{"op":"c","after":{"c":${json}}}}`;
  const { errors, changes: made } = decode([text], table, flavor);
  return errors[0]?.description ?? made.rows[0]?.[0];
}

describe("a value that is not available", () => {
  test.each([
    ["v", TEXT],
    ["b", BYTES],
    ["b", Buffer.from(TEXT).toString("hex")],
    ["a", [TEXT]],
    ["a", [BYTES]],
    ["a", [...Buffer.from(TEXT)]],
    ["a", { [TEXT]: TEXT }],
    ["v", JSON.stringify({ [TEXT]: TEXT })],
    ["n", TEXT],
  ])("D1: leaves the stored value of a keyed table as it is: %s %j", (column, value) => {
    const after = { id: 1, v: "x", b: "AQ==", a: ["y"], n: 2, [column]: value };
    const row: unknown[] = [1, "x", new Uint8Array([1]), ["y"], 2];
    row[["id", "v", "b", "a", "n"].indexOf(column)] = undefined;
    for (const before of [null, { id: 1, v: null, b: null, a: null, n: 0 }]) {
      expect(changes(decode([eventOf("u", before, after)]))).toEqual([["update", ...row]]);
    }
  });

  test("D1: is not taken for a value where nothing is stored, or where rows have no key", () => {
    const after = { id: 1, v: TEXT, n: 1 };
    expect(refusal([eventOf("c", null, after)])).toContain("field 'v' is not available");
    expect(refusal([eventOf("u", { id: 2, n: 0 }, after)])).toContain("changes the key");
    const old = { id: 1, v: "old" };
    expect(refusal([eventOf("u", old, { id: 1, v: TEXT })], bag)).toContain("'v' is not available");
    expect(refusal([eventOf("d", { id: 1, v: TEXT }, null)], bag)).toContain(
      "'v' is not available",
    );
  });

  test("leaves alone what is left out for another reason: that is NULL, or refused", () => {
    expect(changes(decode([eventOf("u", null, { id: 1, v: TEXT, n: 1 })]))).toEqual([
      ["update", 1, undefined, null, null, 1],
    ]);
    expect(refusal([eventOf("u", null, { id: 1, v: TEXT })])).toContain("missing field `n`");
  });

  test("of a field that no column takes changes nothing", () => {
    expect(changes(decode([eventOf("u", null, { id: 1, v: "x", n: 1, more: TEXT })]))).toEqual([
      ["insert", 1, "x", undefined, undefined, 1],
    ]);
  });
});

describe("kinds of events", () => {
  test("D1: a truncate removes all rows, and a message of the log asks for nothing", () => {
    const source = { payload: { source: {}, op: "t", ts_ms: 1 } };
    const message = { payload: { source: {}, op: "m", message: { prefix: "p", content: "" } } };
    expect(changes(decode([source, message, { op: "t", source: {} }], bag))).toEqual([
      ["truncate"],
      ["truncate"],
    ]);
  });

  test("D1: what is no change of a row is passed without an error", () => {
    const passed = [
      "null",
      { schema: null, payload: null },
      { payload: { status: "BEGIN", id: "571:1", event_count: null, ts_ms: 1 } },
      { status: "END", id: "571:1", event_count: 2, data_collections: [], ts_ms: 1 },
      { payload: { ts_ms: 1 } },
      { payload: { source: {}, ts_ms: 1, databaseName: "d", ddl: "DROP TABLE t" } },
    ];
    expect(decode(passed)).toMatchObject({ changes: { rows: [] }, errors: [] });
  });

  test("a snapshot's rows are inserts, with and without an envelope", () => {
    const row = { id: 1, n: 2 };
    const written = [eventOf("r", null, row), { op: "c", before: null, after: row, source: {} }];
    expect(changes(decode(written))).toEqual([
      ["insert", 1, undefined, undefined, undefined, 2],
      ["insert", 1, undefined, undefined, undefined, 2],
    ]);
  });

  test("D1: a key that changes takes the row of the old key away", () => {
    expect(changes(decode([eventOf("u", { id: 1, n: 1 }, { id: 2, n: 1 })]))).toEqual([
      ["delete", 1, undefined, undefined, undefined, undefined],
      ["insert", 2, undefined, undefined, undefined, 1],
    ]);
  });

  test("D1: a change whose old row is missing goes by the key, and is refused without one", () => {
    expect(changes(decode([eventOf("u", null, { id: 1, n: 1 })]))).toEqual([
      ["insert", 1, undefined, undefined, undefined, 1],
    ]);
    expect(refusal([eventOf("d", null, null)])).toContain("the delete has no `before`");
    expect(refusal([eventOf("u", null, { id: 1, v: "x" })], bag)).toContain(
      "REPLICA IDENTITY FULL",
    );
    expect(refusal([eventOf("d", null, null)], bag)).toContain("REPLICA IDENTITY FULL");
  });

  test.each([
    [{ payload: { op: "x", after: {} } }, "unknown `op`"],
    [{ payload: { op: "c", before: null } }, "missing field `after`"],
    [{ payload: { op: "u", before: {} } }, "missing field `after`"],
    [{ payload: { more: 1 } }, "unknown `op`"],
    [{ op: "c" }, "missing field `payload`"],
    [{ payload: 7 }, "expected a map"],
  ])("%j is refused", (written, message) => {
    expect(refusal([written])).toContain(message);
  });
});

describe("types that the schema names", () => {
  const DECIMAL = { name: "org.apache.kafka.connect.data.Decimal", parameters: { scale: "2" } };

  const SECOND = 1_700_000_000n * 1_000_000_000n;

  test.each<[string, unknown, string, unknown]>([
    ["DATE", { name: "io.debezium.time.Date" }, "2", 2],
    ["TIME", { name: "io.debezium.time.Time" }, "1500", 1_500_000_000n],
    ["TIME", { name: "io.debezium.time.MicroTime" }, "1500000", 1_500_000_000n],
    ["TIME", { name: "io.debezium.time.NanoTime" }, "1500000001", 1_500_000_001n],
    ["TIME", { name: "io.debezium.time.ZonedTime" }, '"00:00:01.5Z"', 1_500_000_000n],
    ["TIMESTAMP", { name: "io.debezium.time.Timestamp" }, "1700000000000", SECOND],
    ["TIMESTAMP", { name: "io.debezium.time.MicroTimestamp" }, "1700000000000001", SECOND + 1000n],
    ["TIMESTAMP", { name: "io.debezium.time.NanoTimestamp" }, "1700000000000000001", SECOND + 1n],
    ["TIMESTAMP", { name: "org.apache.kafka.connect.data.Timestamp" }, "1700000000000", SECOND],
    ["TIMESTAMP", { name: "io.debezium.time.ZonedTimestamp" }, '"2023-11-14T22:13:20Z"', SECOND],
    ["DECIMAL(10, 2)", DECIMAL, '"AN4="', 222n],
    ["DECIMAL(10, 2)", DECIMAL, '"/yI="', -222n],
    [
      "DECIMAL(10, 2)",
      { name: "io.debezium.data.VariableScaleDecimal" },
      '{"scale":1,"value":"Fg=="}',
      220n,
    ],
    ["DECIMAL(10, 2)", { type: "double" }, "2.22", 222n],
    ["DECIMAL(10, 2)", { type: "string" }, '"2.22"', 222n],
    ["DECIMAL(10, 2)", DECIMAL, "null", null],
    ["VARIANT", { name: "io.debezium.data.Json" }, '"{\\"a\\": 1.10}"', '{"a":1.10}'],
    ["VARCHAR", { name: "io.debezium.data.Json" }, '"{\\"a\\": 1.10}"', '{"a": 1.10}'],
    ["VARCHAR", { name: "io.debezium.data.Enum" }, '"red"', "red"],
    ["VARBINARY", { name: "io.debezium.data.Bits" }, '"Bw=="', new Uint8Array([7])],
    [
      "DATE ARRAY",
      { type: "array", items: { name: "io.debezium.time.Date" } },
      "[1,null]",
      [1, null],
    ],
    ["BIGINT", { name: "io.debezium.time.MicroDuration" }, "9007199254740993", 9007199254740993n],
    [
      "UUID",
      { name: "io.debezium.data.Uuid" },
      '"67e55044-10b1-426f-9247-bb680e5fe0c8"',
      "67e55044-10b1-426f-9247-bb680e5fe0c8",
    ],
  ])("%s from %j", (type, field, json, value) => {
    for (const flavor of ["debezium_mysql", "debezium_postgres", "kafka_connect_json_converter"]) {
      if (flavor.startsWith("kafka") && type === "VARBINARY") continue;
      expect(read(type, field, json, flavor)).toEqual(value);
    }
  });

  test("are refused where they are not what the schema says", () => {
    const flavor = "debezium_mysql";
    expect(read("DATE", { name: "io.debezium.time.Date" }, "1.5", flavor)).toContain("expected");
    expect(read("DECIMAL(10, 2)", DECIMAL, '""', flavor)).toContain("base64");
    expect(read("DECIMAL(10, 2)", { ...DECIMAL, parameters: {} }, '"AQ=="', flavor)).toContain(
      "scale",
    );
  });

  test("a decimal of a scale of its own is read without a schema as well", () => {
    const table = tableOf("CREATE TABLE t (c DECIMAL(10, 2))");
    const written = { op: "c", before: null, after: { c: { scale: 1, value: "Fg==" } } };
    expect(changes(decode([written], table))).toEqual([["insert", 220n]]);
  });
});
