/** Results of every type, for the tests of this package. */

import { type OutputColumn, type QueryResult, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import * as fc from "fast-check";

import { isMicroseconds } from "../timestamp-unit.ts";

type Rows = readonly (readonly Value[])[];

/** Columns with rows, in pieces of a given size. */
export interface Rowset {
  readonly columns: readonly OutputColumn[];
  readonly rows: Rows;
  readonly pieceRows: number;
}

/** A column of a name and a type. */
export function column(name: string, type: ColumnType): OutputColumn {
  return { id: { name, quoted: true }, type, nullable: true };
}

/** What an engine would answer. */
export function resultOf({ columns, rows, pieceRows }: Rowset): QueryResult {
  async function* pieces(): AsyncGenerator<Rows> {
    for (let i = 0; i < rows.length; i += pieceRows) yield rows.slice(i, i + pieceRows);
  }
  return { columns, rows: pieces() };
}

const { type } = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<ColumnType>(
      { kind: "boolean" },
      { kind: "integer", bits: 8, unsigned: false },
      { kind: "integer", bits: 8, unsigned: true },
      { kind: "integer", bits: 16, unsigned: false },
      { kind: "integer", bits: 16, unsigned: true },
      { kind: "integer", bits: 32, unsigned: false },
      { kind: "integer", bits: 32, unsigned: true },
      { kind: "integer", bits: 64, unsigned: false },
      { kind: "integer", bits: 64, unsigned: true },
      { kind: "decimal", precision: 4, scale: 4 },
      { kind: "decimal", precision: 18, scale: 2 },
      { kind: "decimal", precision: 38, scale: 10 },
      { kind: "real" },
      { kind: "double" },
      { kind: "text", fixed: false },
      { kind: "binary", fixed: false },
      { kind: "date" },
      { kind: "time" },
      { kind: "timestamp" },
      { kind: "timestamp", precision: 3 },
      { kind: "timestamp", precision: 6 },
      { kind: "uuid" },
      { kind: "variant" },
    ),
    tie("type").map((element): ColumnType => ({ kind: "array", element })),
    tie("type").map((one): ColumnType => ({
      kind: "map",
      key: { kind: "text", fixed: false },
      value: one,
    })),
    fc.array(tie("type"), { minLength: 1, maxLength: 2 }).map((types): ColumnType => ({
      kind: "row",
      fields: types.map((one, i) => ({ name: `f${i}`, quoted: true, type: one, nullable: true })),
    })),
  ),
}));

function value(of: ColumnType): fc.Arbitrary<Value> {
  return fc.option(presentValue(of), { nil: null, freq: 5 });
}

/** A value of a type that is not NULL. */
export function presentValue(of: ColumnType): fc.Arbitrary<Value> {
  switch (of.kind) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return of.bits === 64 ? integer(64, of.unsigned) : integer(of.bits, of.unsigned).map(Number);
    case "decimal": {
      const end = 10n ** BigInt(of.precision);
      return fc.bigInt({ min: 1n - end, max: end - 1n });
    }
    case "real":
      return fc.float();
    case "double":
      return fc.double();
    case "text":
      return fc.string({ unit: "grapheme", maxLength: 20 });
    case "binary":
      return fc.uint8Array({ maxLength: 8 });
    case "date":
      return fc.integer({ min: -719_162, max: 2_932_896 });
    case "time":
      return fc.bigInt({ min: 0n, max: 86_399_999_999_999n });
    case "timestamp":
      if (!isMicroseconds(of)) return fc.bigInt({ min: -(2n ** 63n) + 2n, max: 2n ** 63n - 2n });
      return fc
        .bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
        .map((micros) => micros * 1000n);
    case "uuid":
      return fc.uuid();
    case "variant":
      return fc.json();
    case "array":
      return fc.array(value(of.element), { maxLength: 3 });
    case "map":
      return fc.uniqueArray(fc.tuple(presentValue(of.key), value(of.value)), {
        maxLength: 3,
        selector: ([key]) => key,
      });
    case "row":
      return fc.tuple(...of.fields.map((field) => value(field.type)));
    default:
      throw new TypeError(`unknown column type ${String(of satisfies never)}`);
  }
}

function integer(bits: number, unsigned: boolean): fc.Arbitrary<bigint> {
  const half = 1n << BigInt(bits - 1);
  return fc.bigInt(unsigned ? { min: 0n, max: 2n * half - 1n } : { min: -half, max: half - 1n });
}

/** Any answer to a query. */
export const anyRowset: fc.Arbitrary<Rowset> = fc
  .tuple(fc.array(type, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 5 }))
  .chain(([types, pieceRows]) =>
    fc.record({
      columns: fc.constant(types.map((one, i) => column(`c${i}`, one))),
      rows: fc.array(fc.tuple(...types.map(value)), { maxLength: 12 }),
      pieceRows: fc.constant(pieceRows),
    }),
  );
