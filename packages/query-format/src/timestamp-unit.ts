/** Timestamp units: what Arrow and Parquet count a TIMESTAMP in. */

import { type ColumnType } from "@tidemark/program";

/** Types of timestamps. */
export type TimestampType = Extract<ColumnType, { kind: "timestamp" }>;

/** Nanoseconds reach only the years 1677 to 2262; a type of at most 6 digits has all years. */
export function isMicroseconds({ precision = 9 }: TimestampType): boolean {
  return precision <= 6;
}

/** A timestamp in the unit of its type, cut towards the past. */
export function inUnit(type: TimestampType, nanoseconds: bigint): bigint {
  if (!isMicroseconds(type)) return nanoseconds;
  const past = nanoseconds < 0n && nanoseconds % 1000n !== 0n;
  return nanoseconds / 1000n - (past ? 1n : 0n);
}
