/** Units of times and timestamps in Parquet files. */

import { type SchemaElement } from "hyparquet";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["MILLIS", 1_000_000n],
  ["MICROS", 1000n],
  ["NANOS", 1n],
]);

const DAY_NS = 86_400_000_000_000n;

/**
 * The nanoseconds of a leaf's unit; a whole number without a unit is one of nanoseconds where it is
 * to be a time, as documented. Undefined where the leaf is neither.
 */
export function timeUnitNs(
  { type, logical_type, converted_type }: SchemaElement,
  kind: "time" | "timestamp",
): bigint | undefined {
  if (type === "INT96" && kind === "timestamp") return 1n;
  if (type !== "INT32" && type !== "INT64") return undefined;
  const wanted = kind === "time" ? "TIME" : "TIMESTAMP";
  if (logical_type?.type === "TIME" || logical_type?.type === "TIMESTAMP") {
    return logical_type.type === wanted ? UNITS.get(logical_type.unit) : undefined;
  }
  if (converted_type === `${wanted}_MILLIS`) return UNITS.get("MILLIS");
  if (converted_type === `${wanted}_MICROS`) return UNITS.get("MICROS");
  const isPlain = converted_type === undefined || converted_type.endsWith("INT_64");
  return kind === "time" && type === "INT64" && isPlain ? 1n : undefined;
}

/** Whether so many nanoseconds after midnight are on the same day. */
export function isTimeOfDay(nanoseconds: bigint): boolean {
  return nanoseconds >= 0n && nanoseconds < DAY_NS;
}
