/** Reject bounds: how many rejected records a token counts, as far as those who wrote them know. */

/** Of the rejected records of one input. */
export interface RejectBounds {
  /** Names the input, or the one push. */
  readonly of: string;
  /** Those that are known to be below the token. */
  readonly least: number;
  /** Those that may be. */
  readonly most: number;
}

/** What a token of several counts: records below two of them once. */
export function joinedBounds(all: readonly RejectBounds[]): readonly RejectBounds[] {
  const joined = new Map<string, RejectBounds>();
  for (const { of, least, most } of all) {
    const other = joined.get(of) ?? { least: 0, most: 0 };
    joined.set(of, {
      of,
      least: Math.max(other.least, least),
      most: Math.max(other.most, most),
    });
  }
  return [...joined.values()];
}

/** What is wrong with the number of rejected records that a complete token is answered with. */
export function requireCounted(
  rejected: unknown,
  bounds: readonly RejectBounds[],
): string | undefined {
  if (bounds.length === 0) return undefined;
  const least = bounds.reduce((sum, each) => sum + each.least, 0);
  const most = bounds.reduce((sum, each) => sum + each.most, 0);
  if (typeof rejected === "number" && rejected >= least && rejected <= most) return undefined;
  return `counting ${String(rejected)} rejected records where there are ${least} to ${most}`;
}
