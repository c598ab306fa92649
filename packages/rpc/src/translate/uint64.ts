/** Amounts as 64-bit numbers of the wire. */

const LARGEST = 2n ** 64n - 1n;

/** An amount from 0 up; one that does not fit is the largest that does. */
export function uint64(amount: bigint | number): bigint {
  const value = BigInt(amount);
  return value > LARGEST ? LARGEST : value;
}
