/** Microseconds: what Arrow and Parquet keep of a TIMESTAMP. */

/** Whole microseconds, cut towards the past. */
export function microseconds(nanoseconds: bigint): bigint {
  const past = nanoseconds < 0n && nanoseconds % 1000n !== 0n;
  return nanoseconds / 1000n - (past ? 1n : 0n);
}
