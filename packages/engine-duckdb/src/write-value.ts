/** Writing: values of columns as DuckDB takes them. */

import {
  blobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { hasMicroseconds } from "./column-types.ts";

/** Turns one value of a column into DuckDB's; throws `TypeError` or `RangeError` where it does not fit. */
export type Writer = (value: Value) => DuckDBValue;

/** The writer of one column type. */
export function writer(type: ColumnType): Writer {
  const write = notNullWriter(type);
  return (value) => (value === null ? null : write(value));
}

function notNullWriter(type: ColumnType): Writer {
  if (type.kind === "decimal") return decimalWriter(type.precision, type.scale);
  if (type.kind === "array") return arrayWriter(writer(type.element));
  if (type.kind === "map") return mapWriter(writer(type.key), writer(type.value));
  if (type.kind === "row") return rowWriter(type.fields);
  if (type.kind === "timestamp" && hasMicroseconds(type)) return microsecondTimestamp;
  if (type.kind === "integer") return type.bits === 64 ? bigintOf : numberOf;
  return SCALARS[type.kind];
}

const SCALARS = {
  boolean: (value: Value) => (typeof value === "boolean" ? value : misfit("a boolean", value)),
  real: numberOf,
  double: numberOf,
  text: textOf,
  variant: textOf,
  binary: (value: Value) =>
    value instanceof Uint8Array ? blobValue(value) : misfit("bytes", value),
  date: (value: Value) => new DuckDBDateValue(numberOf(value)),
  time: (value: Value) => new DuckDBTimeNSValue(bigintOf(value)),
  timestamp: (value: Value) => new DuckDBTimestampNanosecondsValue(nanosecondsOf(value)),
  uuid: (value: Value) =>
    DuckDBUUIDValue.fromUint128(BigInt(`0x${textOf(value).replaceAll("-", "")}`)),
} as const;

function microsecondTimestamp(value: Value): DuckDBValue {
  const nanoseconds = bigintOf(value);
  if (nanoseconds % 1000n !== 0n) throw new RangeError(`${nanoseconds} ns are no microseconds`);
  return new DuckDBTimestampValue(nanoseconds / 1000n);
}

function nanosecondsOf(value: Value): bigint {
  const nanoseconds = bigintOf(value);
  const { Min, Max } = DuckDBTimestampNanosecondsValue;
  if (nanoseconds < Min.nanos || nanoseconds > Max.nanos) {
    throw new RangeError(`${nanoseconds} ns are outside the years 1677 to 2262`);
  }
  return nanoseconds;
}

function decimalWriter(precision: number, scale: number): Writer {
  const limit = 10n ** BigInt(precision);
  return (value) => {
    const units = bigintOf(value);
    if (units >= limit || units <= -limit) {
      throw new RangeError(`${units} units do not fit DECIMAL(${precision}, ${scale})`);
    }
    return new DuckDBDecimalValue(units, precision, scale);
  };
}

function arrayWriter(element: Writer): Writer {
  return (value) => new DuckDBListValue(listOf(value).map(element));
}

function mapWriter(key: Writer, entryValue: Writer): Writer {
  return (value) =>
    new DuckDBMapValue(
      listOf(value).map((entry) => {
        const [first, second] = listOf(entry);
        if (first === undefined || first === null)
          throw new TypeError("a map's key may not be null");
        return { key: key(first), value: entryValue(second ?? null) };
      }),
    );
}

function rowWriter(fields: (ColumnType & { kind: "row" })["fields"]): Writer {
  const writers = fields.map((field) => ({ name: field.name, write: writer(field.type) }));
  return (value) => {
    const items = listOf(value);
    return new DuckDBStructValue(
      Object.fromEntries(writers.map(({ name, write }, i) => [name, write(items[i] ?? null)])),
    );
  };
}

function numberOf(value: Value): number {
  return typeof value === "number" ? value : misfit("a number", value);
}

function bigintOf(value: Value): bigint {
  return typeof value === "bigint" ? value : misfit("a bigint", value);
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : misfit("a text", value);
}

function listOf(value: Value): readonly Value[] {
  return isList(value) ? value : misfit("a list", value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function misfit(expected: string, value: Value): never {
  throw new TypeError(`expected ${expected}, got ${value === null ? "null" : typeof value}`);
}
