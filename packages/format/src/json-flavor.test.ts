import { type Value } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { base58Bytes, base58Text } from "./base58.ts";
import { jsonInput } from "./json-input.ts";
import { decodeAll, tableOf } from "./test-table.ts";

const SECOND = 1_000_000_000n;

function read(type: string, flavor: string, json: string): Value | string | undefined {
  const config: JsonObject = { update_format: "raw", json_flavor: flavor };
  const decoder = jsonInput.decoder({ table: tableOf(`CREATE TABLE t (c ${type})`), config });
  const { changes, errors } = decodeAll(decoder, [Buffer.from(`{"c":${json}}`)]);
  return errors[0]?.description ?? changes.rows[0]?.[0];
}

test.each<[string, string, string, Value]>([
  ["kafka_connect_json_converter", "TIME", "36672123", 36_672_123_000_000n],
  ["kafka_connect_json_converter", "DATE", "18331", 18_331],
  ["kafka_connect_json_converter", "TIMESTAMP", "1577872800123", 1_577_872_800_123_000_000n],
  ["kafka_connect_json_converter", "VARIANT", '"[1.10]"', "[1.10]"],
  ["kafka_connect_json_converter", "VARBINARY", "[1,255]", new Uint8Array([1, 255])],
  ["pandas", "TIMESTAMP", "1577872800123", 1_577_872_800_123_000_000n],
  ["pandas", "TIME", '"10:11:12.123456789"', 36_672n * SECOND + 123_456_789n],
  [
    "snowflake",
    "TIMESTAMP",
    '"2020-01-01T12:00:00.5+02:00"',
    1_577_872_800n * SECOND + 500_000_000n,
  ],
  ["snowflake", "DECIMAL(5, 2)", '"1.50"', 150n],
  ["blockchain", "VARBINARY", '"11Ldp"', new Uint8Array([0, 0, 1, 2, 3])],
  ["c_hex", "VARBINARY", '"0x00fF"', new Uint8Array([0, 255])],
  ["postgres", "VARBINARY", '"\\\\x00ff"', new Uint8Array([0, 255])],
  ["datagen", "TIMESTAMP", '"2020-01-01T10:00:00Z"', 1_577_872_800n * SECOND],
  ["ClockInput", "TIMESTAMP", "1577872800000", 1_577_872_800n * SECOND],
  ["debezium_mysql", "VARIANT", '"{\\"a\\": 1}"', '{"a":1}'],
])("%s reads %s %s", (flavor, type, json, value) => {
  expect(read(type, flavor, json)).toEqual(value);
});

test.each([
  ["postgres", "VARBINARY", '"00ff"', "hexadecimal"],
  ["blockchain", "VARBINARY", '"0OIl"', "base58"],
  ["kafka_connect_json_converter", "TIME", "86400000", "milliseconds since midnight"],
  ["debezium_mysql", "VARIANT", '"no json"', "expected JSON text"],
  ["default", "VARIANT", '"\\ud800"', "lone surrogate"],
  ["default", "VARIANT", `${"[".repeat(200)}${"]".repeat(200)}`, "nested more than 128 deep"],
  ["default", "MAP<INT, INT>", '{"1":1,"01":2}', "twice"],
  ["default", "TIMESTAMP", '"9999-12-31 00:00:00"', "TIMESTAMP(6)"],
  ["default", "TIMESTAMP(3)", '"2020-01-01 00:00:00.1234567"', "declare the column as TIMESTAMP"],
])("%s refuses for %s %s", (flavor, type, json, reason) => {
  expect(read(type, flavor, json)).toContain(reason);
});

test("an escaped backslash before what looks like a surrogate is text", () => {
  expect(read("VARIANT", "default", String.raw`"\\ud800"`)).toBe(String.raw`"\\ud800"`);
});

test("base58 reads back what it writes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(base58Bytes(base58Text(bytes))).toEqual(bytes);
    }),
  );
});

test("a key is never left out of an update or a delete, also where it has a default", () => {
  const table = tableOf("CREATE TABLE t (k INT NOT NULL DEFAULT 1 PRIMARY KEY, v INT)");
  const text = '{"insert":{"v":1}}\n{"update":{"v":1}}\n{"delete":{}}\n{"delete":{"k":null}}\n';
  const decoded = decodeAll(jsonInput.decoder({ table, config: {} }), [Buffer.from(text)]);
  expect(decoded.records).toBe(1);
  expect(decoded.errors.map(({ eventNumber, field }) => [eventNumber, field])).toEqual([
    [2, "k"],
    [3, "k"],
    [4, "k"],
  ]);
});
