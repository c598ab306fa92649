/** The timestamps that fit a column, by its declared fraction digits. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { ValueFault } from "./value-fault.ts";

type TimestampType = ColumnType & { readonly kind: "timestamp" };

const FIRST_NS = -9_223_286_400_000_000_000n;
const LAST_NS = 9_223_372_036_854_775_806n;

/**
 * Lets a number of nanoseconds through that the column can hold with all its digits; throws
 * `ValueFault` with the type that could.
 */
export function timestampFitter(type: TimestampType): (nanoseconds: Value) => Value {
  return type.precision !== undefined && type.precision <= 6 ? wholeMicroseconds : inRange;
}

function wholeMicroseconds(nanoseconds: Value): Value {
  if (typeof nanoseconds !== "bigint" || nanoseconds % 1000n === 0n) return nanoseconds;
  throw new ValueFault(
    "the timestamp has more than 6 fraction digits; declare the column as TIMESTAMP to keep 9",
  );
}

function inRange(nanoseconds: Value): Value {
  if (typeof nanoseconds !== "bigint") return nanoseconds;
  if (nanoseconds >= FIRST_NS && nanoseconds <= LAST_NS) return nanoseconds;
  throw new ValueFault(
    "the timestamp lies outside 1677-09-22 to 2262-04-11; declare the column as TIMESTAMP(6) for the years 0 to 9999",
  );
}
