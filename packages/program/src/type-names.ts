/** The SQL names of column types. */

import { type ColumnType } from "./column-type.ts";

/** Types that a single word names. */
export const simpleTypes: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ["BOOLEAN", { kind: "boolean" }],
  ["BOOL", { kind: "boolean" }],
  ["TINYINT", integer(8)],
  ["SMALLINT", integer(16)],
  ["INT2", integer(16)],
  ["INTEGER", integer(32)],
  ["INT", integer(32)],
  ["INT4", integer(32)],
  ["SIGNED", integer(32)],
  ["UNSIGNED", { kind: "integer", bits: 32, unsigned: true }],
  ["BIGINT", integer(64)],
  ["INT8", integer(64)],
  ["INT64", integer(64)],
  ["REAL", { kind: "real" }],
  ["FLOAT4", { kind: "real" }],
  ["FLOAT32", { kind: "real" }],
  ["DOUBLE", { kind: "double" }],
  ["FLOAT", { kind: "double" }],
  ["FLOAT8", { kind: "double" }],
  ["FLOAT64", { kind: "double" }],
  ["TEXT", { kind: "text", fixed: false }],
  ["STRING", { kind: "text", fixed: false }],
  ["BYTEA", { kind: "binary", fixed: false }],
  ["DATE", { kind: "date" }],
  ["TIME", { kind: "time" }],
  ["TIMESTAMP", { kind: "timestamp" }],
  ["DATETIME", { kind: "timestamp" }],
  ["UUID", { kind: "uuid" }],
  ["VARIANT", { kind: "variant" }],
]);

/** Names that take a length, scale or parts; with `simpleTypes` all that may start a type. */
const parametricTypes: readonly string[] = [
  "DECIMAL",
  "NUMERIC",
  "NUMBER",
  "DEC",
  "CHAR",
  "CHARACTER",
  "VARCHAR",
  "BINARY",
  "VARBINARY",
  "MAP",
  "ROW",
];

function integer(bits: 8 | 16 | 32 | 64): ColumnType {
  return { kind: "integer", bits, unsigned: false };
}

/** The known type name that a misspelled one most looks like. */
export function nearestTypeName(name: string): string {
  const wanted = name.toUpperCase();
  let best = "VARCHAR";
  let least = Infinity;
  for (const candidate of [...simpleTypes.keys(), ...parametricTypes]) {
    const distance = editDistance(wanted.slice(0, 40), candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
