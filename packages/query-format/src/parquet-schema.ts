/** Parquet schemas: what the types of columns are called in a Parquet file. */

import { type OutputColumn } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import { type SchemaElement } from "hyparquet";

import { isMicroseconds } from "./timestamp-unit.ts";

/** A file's schema: its root, then every column with what it is made of. Names must differ. */
export function parquetSchema(columns: readonly OutputColumn[]): SchemaElement[] {
  const root = { name: "root", num_children: columns.length };
  return [root, ...columns.flatMap(({ id, type }) => element(id.name, type, "OPTIONAL"))];
}

function element(
  name: string,
  type: ColumnType,
  repetition: "OPTIONAL" | "REQUIRED",
): readonly SchemaElement[] {
  const named = { name, repetition_type: repetition };
  switch (type.kind) {
    case "array":
      return [
        { ...named, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...element("element", type.element, "OPTIONAL"),
      ];
    case "map":
      return [
        { ...named, num_children: 1, converted_type: "MAP", logical_type: { type: "MAP" } },
        { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
        ...element("key", type.key, "REQUIRED"),
        ...element("value", type.value, "OPTIONAL"),
      ];
    case "row":
      return [
        { ...named, num_children: type.fields.length },
        ...type.fields.flatMap((field) => element(field.name, field.type, "OPTIONAL")),
      ];
    case "boolean":
    case "integer":
    case "decimal":
    case "real":
    case "double":
    case "binary":
    case "date":
    case "time":
    case "timestamp":
    case "uuid":
    case "text":
    case "variant":
      return [{ ...named, ...leaf(type) }];
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

type LeafType = Exclude<ColumnType, { kind: "array" | "map" | "row" }>;

function leaf(type: LeafType): Omit<SchemaElement, "name"> {
  switch (type.kind) {
    case "boolean":
      return { type: "BOOLEAN" };
    case "integer":
      return integer(type.bits, !type.unsigned);
    case "decimal":
      return decimal(type.precision, type.scale);
    case "real":
      return { type: "FLOAT" };
    case "double":
      return { type: "DOUBLE" };
    case "binary":
      return { type: "BYTE_ARRAY" };
    case "date":
      return { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } };
    case "time":
      return {
        type: "INT64",
        logical_type: { type: "TIME", isAdjustedToUTC: false, unit: "NANOS" },
      };
    case "timestamp":
      return {
        type: "INT64",
        logical_type: {
          type: "TIMESTAMP",
          isAdjustedToUTC: false,
          unit: isMicroseconds(type) ? "MICROS" : "NANOS",
        },
      };
    case "uuid":
      return { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, logical_type: { type: "UUID" } };
    case "text":
    case "variant":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function integer(bitWidth: 8 | 16 | 32 | 64, isSigned: boolean): Omit<SchemaElement, "name"> {
  return {
    type: bitWidth === 64 ? "INT64" : "INT32",
    converted_type: `${isSigned ? "INT" : "UINT"}_${bitWidth}`,
  };
}

/** Up to 18 digits fit 64 bits; 16 bytes hold more than the 38 digits that a decimal may have. */
function decimal(precision: number, scale: number): Omit<SchemaElement, "name"> {
  const digits = {
    precision,
    scale,
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", precision, scale },
  } as const;
  return precision <= 18
    ? { type: "INT64", ...digits }
    : { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, ...digits };
}
