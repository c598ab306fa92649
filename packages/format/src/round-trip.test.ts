import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { inputFormats, outputFormats } from "./formats.ts";
import { anyType, anyValue, cut, decodeAll, tableOfTypes } from "./test-table.ts";

const rows = fc.array(anyType, { minLength: 1, maxLength: 5 }).chain((types) =>
  fc.record({
    types: fc.constant(types),
    rows: fc.array(fc.tuple(...types.map(anyValue)), { maxLength: 5 }),
  }),
);

/** Orders the entries of maps, whose keys JSON objects may reorder. */
function settle(type: ColumnType, value: Value | undefined): unknown {
  if (value === null || value === undefined || !Array.isArray(value)) return value;
  const list: readonly Value[] = value;
  if (type.kind === "array") return list.map((one) => settle(type.element, one));
  if (type.kind === "row") {
    return type.fields.map((field, index) => settle(field.type, list[index]));
  }
  if (type.kind !== "map") return value;
  const entries = list.map((entry) => {
    const [key, one]: readonly Value[] = Array.isArray(entry) ? entry : [];
    return [String(key), settle(type.value, one)] as const;
  });
  return entries.toSorted(([a], [b]) => a.localeCompare(b));
}

const layouts: readonly (readonly [string, Record<string, string | boolean>])[] = [
  ["json", {}],
  ["json", { array: true }],
  ["json", { update_format: "raw", lines: "single" }],
  ["json", { json_flavor: "datagen" }],
  ["json", { json_flavor: "snowflake" }],
  ["json", { json_flavor: "blockchain" }],
  ["json", { json_flavor: "c_hex" }],
  ["json", { json_flavor: "postgres" }],
  ["csv", {}],
  ["csv", { delimiter: ";" }],
];

test.each(layouts)(
  "what %s %j writes reads back as the same values, however its bytes are cut",
  (name, config) => {
    const input = inputFormats.get(name);
    const output = outputFormats.get(name);
    if (input === undefined || output === undefined) throw new Error("no such format");
    const { lines: _, ...outputConfig } = config;
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 6 }), (given, places) => {
        const table = tableOfTypes(given.types);
        const encoder = output.encoder({ columns: table.columns, config: outputConfig });
        const bytes = encoder.encode(given.rows.map((row) => ({ weight: 1, row })));
        const decoded = decodeAll(input.decoder({ table, config }), cut(bytes, places));
        const settled = (all: readonly (readonly (Value | undefined)[])[]): unknown =>
          all.map((row) => given.types.map((type, index) => settle(type, row[index])));
        expect(decoded.errors).toEqual([]);
        expect(settled(decoded.changes.rows)).toEqual(settled(given.rows));
        expect(decoded.consumedBytes).toBe(BigInt(bytes.length));
        expect(decoded.records).toBe(given.rows.length);
      }),
      { numRuns: 200 },
    );
  },
);
