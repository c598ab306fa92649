/** Random numbers that a seed makes again. */

/** Draws from one seed. */
export interface Random {
  /** A whole number from `least` to below `limit`. */
  whole(least: number, limit: number): number;
  /** True this often. */
  chance(share: number): boolean;
  /** One of a list; undefined of an empty one. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** The mulberry32 generator. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, limit: number): number =>
    least + Math.floor(next() * (limit - least));
  return {
    whole,
    chance: (share) => next() < share,
    pick: (from) => from[whole(0, from.length)],
  };
}
