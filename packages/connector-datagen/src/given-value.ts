/** Given values: a JSON value of the configuration as a value of a column's type. */

import { ConfigError, type Value } from "@tidemark/connector";
import { type ColumnType, type JsonValue } from "@tidemark/program";

import { boundOf, scaleOf } from "./scales.ts";

/** The value, or a fault that names the field. */
export function givenValue(type: ColumnType, value: JsonValue, field: string): Value {
  if (value === null) return null;
  switch (type.kind) {
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "text":
    case "uuid":
      if (typeof value === "string") return value;
      break;
    case "variant":
      return JSON.stringify(value);
    case "integer":
    case "real":
    case "double":
      if (typeof value === "number") return scaleOf(type)?.value(value) ?? null;
      break;
    case "decimal":
      if (typeof value === "number" || typeof value === "string") {
        return decimal(String(value), type.scale, field);
      }
      break;
    case "date":
    case "time":
    case "timestamp":
      return scaleOf(type)?.value(boundOf(type, value, field)) ?? null;
    case "array":
    case "binary":
    case "map":
    case "row":
      break;
    default:
      return type satisfies never;
  }
  throw new ConfigError(
    field,
    `'${field}' is not a value of type ${type.kind}: ${JSON.stringify(value)}`,
  );
}

function decimal(text: string, scale: number, field: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[3] ?? "";
  if (match === null || fraction.length > scale) {
    throw new ConfigError(
      field,
      `'${field}' must be a decimal of at most ${scale} fraction digits`,
    );
  }
  const units = BigInt(`${match[2] ?? "0"}${fraction.padEnd(scale, "0")}`);
  return match[1] === "-" ? -units : units;
}
