/** Arrow types: what the types of columns are called in Arrow, as the original answers them. */

import { type OutputColumn } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  Map_,
  Schema,
  Struct,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
} from "apache-arrow";

import { isMicroseconds } from "./timestamp-unit.ts";

/** The schema of an answer with these columns. */
export function arrowSchema(columns: readonly OutputColumn[]): Schema {
  return new Schema(columns.map(({ id, type }) => nullable(id.name, arrowType(type))));
}

/** The Arrow type of a column type: UUID and VARIANT are text. */
function arrowType(type: ColumnType): DataType {
  switch (type.kind) {
    case "boolean":
      return new Bool();
    case "integer":
      return integerType(type.bits, type.unsigned);
    case "decimal":
      return new Decimal(type.scale, type.precision, 128);
    case "real":
      return new Float32();
    case "double":
      return new Float64();
    case "binary":
      return new Binary();
    case "date":
      return new DateDay();
    case "time":
      return new TimeNanosecond();
    case "timestamp":
      return isMicroseconds(type) ? new TimestampMicrosecond() : new TimestampNanosecond();
    case "array":
      return new List(nullable("item", arrowType(type.element)));
    case "row":
      return new Struct(type.fields.map((field) => nullable(field.name, arrowType(field.type))));
    case "map":
      return new Map_(entriesField(type));
    case "text":
    case "uuid":
    case "variant":
      return new Utf8();
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function entriesField(
  type: Extract<ColumnType, { kind: "map" }>,
): Field<Struct<{ key: DataType; value: DataType }>> {
  const key = new Field("key", arrowType(type.key), false);
  const value = nullable("value", arrowType(type.value));
  return new Field("entries", new Struct<{ key: DataType; value: DataType }>([key, value]), false);
}

function nullable(name: string, type: DataType): Field {
  return new Field(name, type, true);
}

function integerType(bits: 8 | 16 | 32 | 64, unsigned: boolean): DataType {
  switch (bits) {
    case 8:
      return unsigned ? new Uint8() : new Int8();
    case 16:
      return unsigned ? new Uint16() : new Int16();
    case 32:
      return unsigned ? new Uint32() : new Int32();
    case 64:
      return unsigned ? new Uint64() : new Int64();
    default:
      throw new TypeError(`unknown size of integers ${String(bits satisfies never)}`);
  }
}
