/** Random numbers that depend only on seed, row and place, so that any row can be made again alone. */

/** Draws the next number of a stream, from 0 up to but not including 1. */
export type Random = () => number;

/** The stream of one row; equal seeds and rows give equal streams. */
export function randomOfRow(seed: number, row: number): Random {
  const low = row >>> 0;
  const high = Math.floor(row / 2 ** 32) >>> 0;
  let state = mix(mix(mix(seed >>> 0) ^ low) ^ high);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state) / 2 ** 32;
  };
}

/** A seed from any text, for generators that were given none. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return mix(hash);
}

/** The finaliser of MurmurHash3: every bit of the result depends on every bit given. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
