/** Claims and observations written short, for examples. */

import { type Claim, connectorId } from "../claim.ts";
import { frontier } from "../frontier.ts";
import { incarnation } from "../incarnation.ts";
import { type Observation } from "../observation.ts";

type Positions = Readonly<Record<string, number>>;

/** A claim on connector "c", incarnation "now", delivered, unless said otherwise. */
export function claimOf(
  positions: Positions,
  other: { connector?: string; incarnation?: string; level?: Claim["level"] } = {},
): Claim {
  return {
    connector: connectorId(other.connector ?? "c"),
    incarnation: incarnation(other.incarnation ?? "now"),
    frontier: frontierOf(positions),
    level: other.level ?? "delivered",
  };
}

/** An observation of connector "c", incarnation "now", delivered, nothing ended, unless said otherwise. */
export function observationOf(
  positions: Positions,
  other: Partial<Observation> & { of?: string; life?: string } = {},
): Observation {
  const { of = "c", life = "now", ...fields } = other;
  return {
    connector: connectorId(of),
    incarnation: incarnation(life),
    frontier: frontierOf(positions),
    level: "delivered",
    atMs: 0,
    ended: () => undefined,
    reasons: [],
    ...fields,
  };
}

/** What an observation knows of one ended incarnation. */
export function endedAs(
  life: string,
  finalPositions: Positions,
  positions: Positions,
): Observation["ended"] {
  const ended = {
    incarnation: incarnation(life),
    finalFrontier: frontierOf(finalPositions),
    frontier: frontierOf(positions),
  };
  return (sought) => (sought === ended.incarnation ? ended : undefined);
}

function frontierOf(positions: Positions): Claim["frontier"] {
  return frontier(Object.entries(positions).map(([name, value]) => [name, BigInt(value)]));
}
