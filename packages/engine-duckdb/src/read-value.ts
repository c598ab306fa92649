/** Reading: values of DuckDB's results as values of columns. */

import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import { type Value } from "@tidemark/connector";
import { distinctNames } from "@tidemark/program";

import { columnType } from "./column-types.ts";
import { variantText } from "./variant-text.ts";

/** Turns one value of a result into a value of the column type that `columnType` answers. */
export type Reader = (value: DuckDBValue) => Value;

/** The reader of one DuckDB type. */
export function reader(type: DuckDBType): Reader {
  const read = notNullReader(type);
  return (value) => (value === null ? null : read(value));
}

function notNullReader(type: DuckDBType): Reader {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const element = reader(type.valueType);
    return (value) => (isList(value) ? value.items.map(element) : asText(value));
  }
  if (type instanceof DuckDBMapType) {
    const key = reader(type.keyType);
    const entryValue = reader(type.valueType);
    return (value) =>
      value instanceof DuckDBMapValue
        ? value.entries.map((entry) => [key(entry.key), entryValue(entry.value)])
        : asText(value);
  }
  if (type instanceof DuckDBStructType) return structReader(type);
  if (type.typeId === DuckDBTypeId.VARIANT) return variantText;
  return columnType(type).kind === "text" ? asText : readScalar;
}

function structReader(type: DuckDBStructType): Reader {
  const fields = type.entryTypes.map(reader);
  const names = distinctNames(type.entryNames);
  return (value) =>
    value instanceof DuckDBStructValue
      ? fields.map((field, i) => field(value.entries[names[i] ?? ""] ?? null))
      : asText(value);
}

function isList(value: DuckDBValue): value is DuckDBListValue | DuckDBArrayValue {
  return value instanceof DuckDBListValue || value instanceof DuckDBArrayValue;
}

function asText(value: DuckDBValue): Value {
  return typeof value === "string" ? value : String(value);
}

function readScalar(value: DuckDBValue): Value {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBBlobValue) return new Uint8Array(value.bytes);
  return nanoseconds(value) ?? String(value);
}

function nanoseconds(value: DuckDBValue): bigint | undefined {
  if (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampTZValue ||
    value instanceof DuckDBTimeValue
  ) {
    return value.micros * 1000n;
  }
  if (value instanceof DuckDBTimestampNanosecondsValue || value instanceof DuckDBTimeNSValue) {
    return value.nanos;
  }
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1_000_000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000_000n;
  return undefined;
}
