/** Reads JSON configuration strictly: every fault names its field and what would be right. */

import { ConfigError } from "@tidemark/connector";
import { type JsonObject, type JsonValue } from "@tidemark/program";

/** The object at a field; unknown keys are refused. */
export function readObject(
  value: JsonValue | undefined,
  field: string,
  allowed: readonly string[],
): JsonObject {
  if (!isObject(value)) throw new ConfigError(field, `'${field}' must be an object`);
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) {
      throw new ConfigError(
        `${field}.${key}`,
        `unknown field '${key}' in '${field}', expected one of: ${allowed.join(", ")}`,
      );
    }
  }
  return value;
}

/** A whole number of at least `least`, or undefined where the field is absent or null. */
export function readWhole(
  value: JsonValue | undefined,
  field: string,
  least: number,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw new ConfigError(
    field,
    `'${field}' must be a whole number of at least ${least}, got ${JSON.stringify(value)}`,
  );
}

/** A number, or the fallback where the field is absent or null. */
export function readNumber(value: JsonValue | undefined, field: string, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value === "number") return value;
  throw new ConfigError(field, `'${field}' must be a number, got ${JSON.stringify(value)}`);
}

/** A list, or undefined where the field is absent or null. */
export function readList(
  value: JsonValue | undefined,
  field: string,
): readonly JsonValue[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (isList(value)) return value;
  throw new ConfigError(field, `'${field}' must be an array, got ${JSON.stringify(value)}`);
}

/** True for a JSON object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
