/** Arrow data: the values of one column laid out in Arrow's buffers. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import { Data, type DataType } from "apache-arrow";

import { inUnit } from "./timestamp-unit.ts";

/** Lays out values of a column; `arrow` is the type in `arrowSchema`. */
export function arrowData(type: ColumnType, arrow: DataType, values: readonly Value[]): Data {
  const { length } = values;
  const { bitmap, nullCount } = validity(values);
  const { offsets, bytes, children } = layOut(type, arrow, values);
  // In the order of Arrow's `BufferType`: offsets, values, validity.
  return new Data(arrow, 0, length, nullCount, [offsets, bytes, bitmap], [...(children ?? [])]);
}

/** What a column has besides its validity. */
interface Layout {
  readonly offsets?: Int32Array;
  readonly bytes?: ArrayBufferView;
  readonly children?: readonly Data[];
}

function layOut(type: ColumnType, arrow: DataType, values: readonly Value[]): Layout {
  switch (type.kind) {
    case "array":
      return layOutLists(type, arrow, values);
    case "row":
      return { children: structChildren(type, arrow, values) };
    case "map":
      return layOutMaps(type, arrow, values);
    case "text":
    case "uuid":
    case "variant":
      return layOutBytes(values.map(textBytes));
    case "binary":
      return layOutBytes(values.map((value) => (value instanceof Uint8Array ? value : EMPTY)));
    case "boolean":
      return { bytes: bits(values, (value) => value === true) };
    case "decimal":
      return { bytes: decimals(values) };
    case "integer":
    case "real":
    case "double":
    case "date":
    case "time":
    case "timestamp":
      return { bytes: numbers(type, values) };
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

const EMPTY = new Uint8Array();
const encoder = new TextEncoder();

function textBytes(value: Value): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : EMPTY;
}

function layOutBytes(pieces: readonly Uint8Array[]): Layout {
  const offsets = offsetsOf(pieces.map((piece) => piece.length));
  const bytes = new Uint8Array(offsets.at(-1) ?? 0);
  pieces.forEach((piece, i) => bytes.set(piece, offsets[i] ?? 0));
  return { offsets, bytes };
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + length;
  });
  return offsets;
}

function layOutLists(
  type: Extract<ColumnType, { kind: "array" }>,
  arrow: DataType,
  values: readonly Value[],
): Layout {
  const lists = values.map(items);
  const child = arrowData(type.element, childType(arrow, 0), lists.flat(1));
  return { offsets: offsetsOf(lists.map(({ length }) => length)), children: [child] };
}

/** A map is a list of structs of key and value. */
function layOutMaps(
  type: Extract<ColumnType, { kind: "map" }>,
  arrow: DataType,
  values: readonly Value[],
): Layout {
  const lists = values.map(items);
  const pairs = lists.flat(1).map(items);
  const entries = childType(arrow, 0);
  const children = [type.key, type.value].map((part, i) =>
    arrowData(part, childType(entries, i), at(pairs, i)),
  );
  return {
    offsets: offsetsOf(lists.map(({ length }) => length)),
    children: [new Data(entries, 0, pairs.length, 0, undefined, children)],
  };
}

function structChildren(
  type: Extract<ColumnType, { kind: "row" }>,
  arrow: DataType,
  values: readonly Value[],
): readonly Data[] {
  const rows = values.map(items);
  return type.fields.map((field, i) => arrowData(field.type, childType(arrow, i), at(rows, i)));
}

/** The parts at one place of every list; NULL where a list is shorter. */
function at(lists: readonly (readonly Value[])[], place: number): readonly Value[] {
  return lists.map((list) => list[place] ?? null);
}

function items(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function childType(arrow: DataType, place: number): DataType {
  const { children }: { readonly children?: readonly { readonly type: DataType }[] | null } = arrow;
  const child = children?.[place];
  if (child === undefined) throw new TypeError(`an Arrow type has no child ${place}`);
  return child.type;
}

type NumericType = Extract<
  ColumnType,
  { kind: "integer" | "real" | "double" | "date" | "time" | "timestamp" }
>;

function numbers(type: NumericType, values: readonly Value[]): ArrayBufferView {
  switch (type.kind) {
    case "real":
      return Float32Array.from(values, small);
    case "double":
      return Float64Array.from(values, small);
    case "date":
      return Int32Array.from(values, small);
    case "time":
      return BigInt64Array.from(values, large);
    case "timestamp":
      return BigInt64Array.from(values, (value) => inUnit(type, large(value)));
    case "integer":
      return integers(type, values);
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function integers(
  { bits: size, unsigned }: Extract<ColumnType, { kind: "integer" }>,
  values: readonly Value[],
): ArrayBufferView {
  switch (size) {
    case 8:
      return unsigned ? Uint8Array.from(values, small) : Int8Array.from(values, small);
    case 16:
      return unsigned ? Uint16Array.from(values, small) : Int16Array.from(values, small);
    case 32:
      return unsigned ? Uint32Array.from(values, small) : Int32Array.from(values, small);
    case 64:
      return unsigned ? BigUint64Array.from(values, large) : BigInt64Array.from(values, large);
    default:
      throw new TypeError(`unknown size of integers ${String(size satisfies never)}`);
  }
}

function small(value: Value): number {
  return typeof value === "number" ? value : 0;
}

function large(value: Value): bigint {
  return typeof value === "bigint" ? value : 0n;
}

/** 128-bit integers, least significant half first. */
function decimals(values: readonly Value[]): Uint32Array {
  const halves = new BigInt64Array(values.length * 2);
  values.forEach((value, i) => {
    halves[2 * i] = BigInt.asIntN(64, large(value));
    halves[2 * i + 1] = large(value) >> 64n;
  });
  return new Uint32Array(halves.buffer);
}

function validity(values: readonly Value[]): { bitmap: Uint8Array; nullCount: number } {
  const nullCount = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  return { bitmap: nullCount === 0 ? EMPTY : bits(values, (value) => value !== null), nullCount };
}

/** One bit a value, the first in the lowest bit of the first byte. */
function bits(values: readonly Value[], isSet: (value: Value) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (isSet(value)) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bytes;
}
