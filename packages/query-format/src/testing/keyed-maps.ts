/** Maps with keys of every type that is no map, for the tests of this package. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import * as fc from "fast-check";

import { column, presentValue, type Rowset } from "./any-result.ts";

const INTEGER: ColumnType = { kind: "integer", bits: 64, unsigned: false };
const TEXT: ColumnType = { kind: "text", fixed: false };

const key = fc.constantFrom<ColumnType>(
  { kind: "boolean" },
  INTEGER,
  { kind: "decimal", precision: 18, scale: 2 },
  { kind: "real" },
  { kind: "double" },
  { kind: "binary", fixed: false },
  { kind: "date" },
  { kind: "time" },
  { kind: "timestamp" },
  { kind: "timestamp", precision: 6 },
  { kind: "uuid" },
  { kind: "array", element: TEXT },
  {
    kind: "row",
    fields: [
      { name: "EXPR$0", quoted: true, type: INTEGER, nullable: true },
      { name: "EXPR$1", quoted: true, type: TEXT, nullable: true },
    ],
  },
);

/** One column of maps. */
export const keyedMaps: fc.Arbitrary<Rowset> = key.chain((type) => {
  const entries = fc.uniqueArray(fc.tuple(presentValue(type), fc.boolean()), {
    maxLength: 4,
    selector: ([one]) => identity(one),
  });
  return fc.record({
    columns: fc.constant([column("m", { kind: "map", key: type, value: { kind: "boolean" } })]),
    rows: fc.array(fc.tuple(entries), { maxLength: 5 }),
    pieceRows: fc.constant(3),
  });
});

/** A text that differs where values do. */
export function identity(value: Value): string {
  if (value === null || typeof value !== "object") {
    return Object.is(value, -0) ? "-0" : `${typeof value} ${String(value)}`;
  }
  return `[${Array.from(value, identity).join()}]`;
}
