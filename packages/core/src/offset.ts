/** An offset: the next position to be read in a partition; everything strictly below it is covered. */

declare const brand: unique symbol;

/** The next offset to be read in a partition, from 0 to 2^64-1. */
export type Offset = bigint & { readonly [brand]: "Offset" };

/** The largest offset that a token can carry. */
export const MAX_OFFSET: bigint = 2n ** 64n - 1n;

/** Mints an offset; a value outside 0 to 2^64-1 is a programmer's error (`RangeError`). */
export function offset(value: bigint): Offset {
  if (isOffset(value)) return value;
  throw new RangeError(`offset must be from 0 to 2^64-1, got ${value}`);
}

function isOffset(value: bigint): value is Offset {
  return value >= 0n && value <= MAX_OFFSET;
}

/** The offset below which there is nothing. */
export const ORIGIN: Offset = offset(0n);
