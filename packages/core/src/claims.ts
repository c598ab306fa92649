/** Lists of claims: one canonical list for all that say the same. */

import { type Claim } from "./claim.ts";
import { frontier, join } from "./frontier.ts";
import { LEVELS } from "./level.ts";

/**
 * The one list that says the same as these claims together: sorted by connector, incarnation (both
 * by UTF-16 code unit) and level, and joined so that none of these stands twice.
 */
export function canonicalClaims(claims: readonly Claim[]): readonly Claim[] {
  const canonical: Claim[] = [];
  for (const claim of claims.toSorted(compareClaims)) {
    const last = canonical.at(-1);
    if (last !== undefined && compareClaims(last, claim) === 0) {
      canonical[canonical.length - 1] = { ...last, frontier: join(last.frontier, claim.frontier) };
    } else {
      const { connector, incarnation, level } = claim;
      canonical.push({
        connector,
        incarnation,
        frontier: frontier(claim.frontier.positions),
        level,
      });
    }
  }
  return canonical;
}

/** Orders claims by what they are about, not by how far they reach: 0 where they can be joined. */
export function compareClaims(a: Claim, b: Claim): number {
  return (
    compareTexts(a.connector, b.connector) ||
    compareTexts(a.incarnation, b.incarnation) ||
    LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)
  );
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
