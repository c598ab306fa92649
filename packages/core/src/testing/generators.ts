/** Generators of everything that core's laws are stated over; small universes, so that things meet. */

import * as fc from "fast-check";

import { type Claim, type ConnectorId, connectorId } from "../claim.ts";
import { EMPTY, type Frontier, frontier } from "../frontier.ts";
import { type Incarnation, incarnation } from "../incarnation.ts";
import { type Level, LEVELS } from "../level.ts";
import { type EndedIncarnation, type Observation, type Unobservable } from "../observation.ts";
import { MAX_OFFSET, offset } from "../offset.ts";
import { type Token } from "../token.ts";

/** Partitions that collide often, of each kind that the codec tells apart. */
export const partitions: fc.Arbitrary<string> = fc.constantFrom("0", "1", "2", "x");

/** Frontiers of few partitions and small offsets, so that any two are often comparable. */
export const smallFrontiers: fc.Arbitrary<Frontier> = fc
  .array(fc.tuple(partitions, fc.bigInt({ min: 0n, max: 4n })), { maxLength: 4 })
  .map(frontier);

/** Any frontier at all. */
export const anyFrontiers: fc.Arbitrary<Frontier> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.nat({ max: 20 }).map(String),
        fc.nat().map(String),
        fc.string({ unit: "binary", maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "é", "\u{ffff}", "😀", "\ud83d", "\ude00", "0") }),
      ),
      fc.oneof(fc.bigInt({ min: 0n, max: MAX_OFFSET }), fc.bigInt({ min: 0n, max: 300n })),
    ),
    { maxLength: 12 },
  )
  .map(frontier);

/** Levels. */
const levels: fc.Arbitrary<Level> = fc.constantFrom(...LEVELS);

/** Two connectors. */
const connectors: fc.Arbitrary<ConnectorId> = fc.constantFrom("a", "b").map(connectorId);

/** Three incarnations. */
const incarnations: fc.Arbitrary<Incarnation> = fc
  .constantFrom("one", "two", "three")
  .map(incarnation);

/** Claims on few connectors and incarnations, not far up. */
export const smallClaims: fc.Arbitrary<Claim> = withSpans(
  fc.record({
    connector: connectors,
    incarnation: incarnations,
    frontier: smallFrontiers,
    level: levels,
  }),
);

/** The same claims, some of which count rejects in spans below their frontiers. */
function withSpans(claims: fc.Arbitrary<Claim>): fc.Arbitrary<Claim> {
  const parts = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 4 }), fc.nat({ max: 4 })), {
    maxLength: 4,
  });
  return fc.tuple(claims, fc.option(parts, { nil: undefined })).map(([claim, chosen]) => {
    if (chosen === undefined) return claim;
    const spans = chosen.flatMap(([place, ahead, length]) => {
      const position = claim.frontier.positions[place];
      if (position === undefined || position[1] < BigInt(ahead + length + 1)) return [];
      const to = position[1] - BigInt(ahead);
      const from = to - BigInt(length + 1);
      return [{ partition: position[0], from: offset(from), to: offset(to) }];
    });
    return { ...claim, spans };
  });
}

const identities = fc.oneof(
  fc.string({ minLength: 1, maxLength: 255 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
);

/** Any claim at all. */
const anyClaims: fc.Arbitrary<Claim> = withSpans(
  fc.record({
    connector: fc.oneof(connectors, identities.map(connectorId)),
    incarnation: fc.oneof(incarnations, identities.map(incarnation)),
    frontier: anyFrontiers,
    level: levels,
  }),
);

/** Any token at all. */
export const anyTokens: fc.Arbitrary<Token> = fc.record({
  pipeline: fc.uuid(),
  claims: fc.array(anyClaims, { minLength: 1, maxLength: 5 }),
});

const ends: fc.Arbitrary<EndedIncarnation> = fc.record({
  incarnation: incarnations,
  finalFrontier: smallFrontiers,
  frontier: smallFrontiers,
});

/** Observations, of which some know of ended incarnations. */
export const observations: fc.Arbitrary<Observation> = fc
  .record({
    connector: connectors,
    incarnation: incarnations,
    frontier: smallFrontiers,
    level: levels,
    ended: fc.array(ends, { maxLength: 2 }),
    dropped: fc.option(smallFrontiers, { freq: 3, nil: EMPTY }),
    expired: fc.option(smallFrontiers, { freq: 3, nil: EMPTY }),
    cut: fc.array(fc.tuple(partitions, fc.bigInt({ min: 0n, max: 4n })), { maxLength: 1 }),
    reasons: fc.subarray([
      { code: "pipeline-paused", message: "the pipeline is paused" },
      { code: "output-failing", message: "the sink does not answer" },
    ] as const),
  })
  .map(({ ended, cut, ...rest }) => ({
    ...rest,
    cut: new Map(cut),
    atMs: 0,
    ended: (sought) => ended.find((one) => one.incarnation === sought),
  }));

/** Readings that failed. */
const failures: fc.Arbitrary<Unobservable> = connectors.map((connector) => ({
  connector,
  message: "the broker does not answer",
}));

/** Readings of both kinds. */
export const readings: fc.Arbitrary<Observation | Unobservable> = fc.oneof(
  { weight: 4, arbitrary: observations },
  { weight: 1, arbitrary: failures },
);
