/** Tables, and values of every type, for the tests of this package. */

import { type Decoded, type Decoder, type Value } from "@tidemark/connector";
import { type ColumnType, parseProgram, type Table } from "@tidemark/program";
import * as fc from "fast-check";

/** The one table of a program. */
export function tableOf(sql: string): Table {
  const parsed = parseProgram(sql);
  const table = parsed.kind === "program" ? parsed.program.tables[0] : undefined;
  if (table === undefined) throw new Error(`no table in ${sql}`);
  return table;
}

/** A table with one column per type. */
export function tableOfTypes(types: readonly ColumnType[]): Table {
  const table = tableOf("CREATE TABLE t (c INT)");
  const columns = types.map((type, index) => ({
    id: { name: `c${index}`, quoted: false },
    type,
    nullable: true,
  }));
  return { ...table, columns };
}

/** What a decoder answers to pieces of bytes and their end, taken together. */
export function decodeAll(decoder: Decoder, pieces: readonly Uint8Array[]): Decoded {
  const answers = pieces.map((piece) => decoder.push(piece));
  const last = decoder.finish();
  if (last instanceof Promise) throw new TypeError("this decoder takes its time");
  answers.push(last);
  return {
    changes: {
      rows: answers.flatMap((answer) => answer.changes.rows),
      operations: answers.flatMap(
        ({ changes }) => changes.operations ?? changes.rows.map(() => "insert" as const),
      ),
    },
    records: answers.reduce((sum, answer) => sum + answer.records, 0),
    consumedBytes: answers.at(-1)?.consumedBytes ?? 0n,
    errors: answers.flatMap((answer) => answer.errors),
  };
}

/** Bytes cut at any places. */
export function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

const bigints = (bits: number, unsigned: boolean): fc.Arbitrary<bigint> => {
  const half = 1n << BigInt(bits - 1);
  return fc.bigInt(unsigned ? { min: 0n, max: 2n * half - 1n } : { min: -half, max: half - 1n });
};

const keyType = fc.constantFrom<ColumnType>(
  { kind: "integer", bits: 64, unsigned: false },
  { kind: "integer", bits: 16, unsigned: true },
  { kind: "text", fixed: false },
  { kind: "boolean" },
  { kind: "decimal", precision: 10, scale: 2 },
  { kind: "date" },
  { kind: "time" },
  { kind: "timestamp" },
  { kind: "uuid" },
  { kind: "binary", fixed: false },
  { kind: "array", element: { kind: "integer", bits: 32, unsigned: false } },
);

const { type } = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<ColumnType>(
      { kind: "boolean" },
      { kind: "integer", bits: 8, unsigned: true },
      { kind: "integer", bits: 32, unsigned: false },
      { kind: "integer", bits: 64, unsigned: false },
      { kind: "integer", bits: 64, unsigned: true },
      { kind: "decimal", precision: 10, scale: 2 },
      { kind: "decimal", precision: 38, scale: 10 },
      { kind: "decimal", precision: 38, scale: 38 },
      { kind: "real" },
      { kind: "double" },
      { kind: "text", fixed: false },
      { kind: "binary", fixed: false },
      { kind: "date" },
      { kind: "time" },
      { kind: "timestamp" },
      { kind: "timestamp", precision: 6 },
      { kind: "uuid" },
      { kind: "variant" },
    ),
    tie("type").map((element): ColumnType => ({ kind: "array", element })),
    fc.tuple(keyType, tie("type")).map(([key, value]): ColumnType => ({ kind: "map", key, value })),
    fc.array(tie("type"), { minLength: 1, maxLength: 2 }).map((types): ColumnType => ({
      kind: "row",
      fields: types.map((one, i) => ({ name: `f${i}`, quoted: false, type: one, nullable: true })),
    })),
  ),
}));

/** Any column type. */
export const anyType: fc.Arbitrary<ColumnType> = type;

/** Any value of a type, NULL included. */
export function anyValue(of: ColumnType): fc.Arbitrary<Value> {
  const present: fc.Arbitrary<Value> = presentValue(of);
  return fc.option(present, { nil: null, freq: 8 });
}

function presentValue(of: ColumnType): fc.Arbitrary<Value> {
  switch (of.kind) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return of.bits === 64 ? bigints(64, of.unsigned) : bigints(of.bits, of.unsigned).map(Number);
    case "decimal":
      return fc.bigInt({
        min: 1n - 10n ** BigInt(of.precision),
        max: 10n ** BigInt(of.precision) - 1n,
      });
    case "real":
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "text":
      return fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("NULL", "null", "", '"', ",\n", "\r\n", " a "),
      );
    case "binary":
      return fc.uint8Array({ maxLength: 8 });
    case "date":
      return fc.integer({ min: -719_162, max: 2_932_896 });
    case "time":
      return fc.bigInt({ min: 0n, max: 86_399_999_999_999n });
    case "timestamp":
      return of.precision === 6
        ? fc
            .bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
            .map((microseconds) => microseconds * 1000n)
        : fc.bigInt({ min: -9_223_286_400_000_000_000n, max: 9_223_372_036_854_775_806n });
    case "uuid":
      return fc.uuid();
    case "variant":
      return fc.constantFrom(
        "1.00",
        "12345678901234567890123",
        '"x"',
        '{"a":[1e400,null,true]}',
        "[]",
      );
    case "array":
      return fc.array(anyValue(of.element), { maxLength: 3 });
    case "map":
      return fc.uniqueArray(fc.tuple(presentValue(of.key), anyValue(of.value)), {
        maxLength: 3,
        selector: ([key]) => String(key),
      });
    case "row":
      break;
  }
  return fc.tuple(...of.fields.map((field) => anyValue(field.type)));
}
