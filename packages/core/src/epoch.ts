/** An epoch: the ordered number of an engine run; an older writer is fenced out by a newer one. */

declare const brand: unique symbol;

/** The ordered number of an engine run or progress writer, from 1. */
export type Epoch = number & { readonly [brand]: "Epoch" };

/** Mints an epoch; anything but a whole number from 1 is a programmer's error (`RangeError`). */
export function epoch(value: number): Epoch {
  if (isEpoch(value)) return value;
  throw new RangeError(`epoch must be a whole number from 1, got ${value}`);
}

function isEpoch(value: number): value is Epoch {
  return Number.isSafeInteger(value) && value >= 1;
}
