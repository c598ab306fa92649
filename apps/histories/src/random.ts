/** Random numbers that a seed makes again. */

/** Draws from one seed. */
export interface Random {
  /** A whole number from `least` to below `limit`. */
  whole(least: number, limit: number): number;
  /** True this often. */
  chance(share: number): boolean;
  /** One of a list that has some. */
  pick<T>(from: readonly T[]): T;
  /** One of these, each as often as its weight says. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T;
  /** Draws of its own, so that what they are used for changes no other draw. */
  fork(): Random;
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
  const pick = <T>(from: readonly T[]): T => {
    for (const value of from.slice(whole(0, from.length))) return value;
    throw new RangeError("there is nothing to pick from");
  };
  return {
    whole,
    chance: (share) => next() < share,
    pick,
    weighted: (from) =>
      pick(from.flatMap(([weight, value]) => Array.from({ length: weight }, () => value))),
    fork: () => randomFrom(whole(0, 2 ** 32)),
  };
}
