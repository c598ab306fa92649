/** Lists of claims: one canonical list for all that say the same. */

import { type Claim } from "./claim.ts";
import { join } from "./frontier.ts";
import { LEVELS } from "./level.ts";
import { canonicalSpans } from "./span.ts";

/**
 * The one list that says the same as these claims together: sorted by connector, incarnation (both
 * by UTF-16 code unit) and level, and joined so that none of these stands twice.
 */
export function canonicalClaims(claims: readonly Claim[]): readonly Claim[] {
  const canonical: Claim[] = [];
  for (const claim of claims.toSorted(compareClaims)) {
    const last = canonical.at(-1);
    if (last !== undefined && compareClaims(last, claim) === 0) {
      canonical[canonical.length - 1] = joined(last, claim);
    } else {
      canonical.push(joined(claim, claim));
    }
  }
  return canonical;
}

/** Two claims on the same number line as one; where one counts rejects everywhere, so does this. */
function joined(a: Claim, b: Claim): Claim {
  const { connector, incarnation, level } = a;
  const claim = {
    connector,
    incarnation,
    frontier: join(a.frontier, b.frontier),
    level,
  };
  if (a.spans === undefined || b.spans === undefined) return claim;
  return { ...claim, spans: canonicalSpans([...a.spans, ...b.spans]) };
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
