/** What claims count as rejected: asked of the engine only where there are rejects at all. */

import {
  canonicalClaims,
  type Claim,
  EMPTY,
  frontier,
  offset,
  type Span,
  spansBetween,
} from "@tidemark/core";

import { type Engine } from "../engine.ts";
import { type Rejected, type RejectQuery, type TokenRejects } from "../reject.ts";
import { type Publisher } from "./publisher.ts";
import { type RejectTotals } from "./reject-totals.ts";
import { outputLine, STEPS } from "./step-rejects.ts";

/** Where rejects are looked up. */
export interface RejectSources {
  readonly engine: Pick<Engine, "rejected" | "life">;
  readonly rejects: RejectTotals;
  readonly publisher: Pick<Publisher, "stepOf" | "sinceStep">;
  /** The last committed step. */
  readonly processed: bigint;
  /** How many of the first ones are wanted. */
  readonly limit: number;
}

/** Claims on one number line at several levels count its rejects once. */
export async function rejectedOf(
  claims: readonly Claim[],
  sources: RejectSources,
): Promise<TokenRejects> {
  const inputs = await sum(inputQueries(claims, sources), sources);
  const limit = sources.limit - inputs.first.length;
  const outputs = await sum(outputQueries(claims, sources), { ...sources, limit });
  return {
    count: inputs.count,
    first: [...inputs.first, ...outputs.first],
    deadLetters: outputs.count,
  };
}

type Asked = Omit<RejectQuery, "limit">;

async function sum(asked: readonly Asked[], { engine, limit }: RejectSources): Promise<Rejected> {
  let all: Rejected = { count: 0, first: [] };
  for (const query of asked) {
    const found = await engine.rejected({ ...query, limit: limit - all.first.length });
    all = { count: all.count + found.count, first: [...all.first, ...found.first] };
  }
  return all;
}

function inputQueries(claims: readonly Claim[], { rejects }: RejectSources): readonly Asked[] {
  const some = claims.filter((claim) => rejects.of(claim.connector, claim.incarnation) > 0);
  return canonicalClaims(some.map((claim): Claim => ({ ...claim, level: "delivered" }))).map(
    ({ connector, incarnation, frontier: below, spans }) => ({
      connector,
      incarnation,
      spans: spans ?? spansBetween(EMPTY, below),
      unplaced: spans === undefined,
    }),
  );
}

function outputQueries(claims: readonly Claim[], sources: RejectSources): readonly Asked[] {
  const { engine, rejects } = sources;
  const some = rejects.connectors.filter(
    (connector) => rejects.of(connector, outputLine(engine.life, connector)) > 0,
  );
  if (some.length === 0) return [];
  const spans = [stepsOf(claims, sources)];
  return some.map((connector) => {
    const incarnation = outputLine(engine.life, connector);
    return { connector, incarnation, spans, unplaced: false };
  });
}

/** From the first step that has records of the claims to the last. */
function stepsOf(claims: readonly Claim[], { publisher, processed }: RejectSources): Span {
  let first: bigint | undefined;
  let last = 0n;
  for (const claim of claims) {
    const since = sinceOf(claim, { publisher, processed });
    if (first === undefined || since < first) first = since;
    const step = publisher.stepOf(claim.connector, claim) ?? processed;
    if (step > last) last = step;
  }
  return { partition: STEPS, from: offset(first ?? 0n), to: offset(last + 1n) };
}

/** A claim without spans is about everything, so about all steps. */
function sinceOf(
  claim: Claim,
  { publisher, processed }: Pick<RejectSources, "publisher" | "processed">,
): bigint {
  const steps = claim.spans?.map(({ partition, from }) =>
    publisher.sinceStep(claim.connector, {
      incarnation: claim.incarnation,
      frontier: frontier([[partition, from + 1n]]),
    }),
  );
  return steps?.reduce((least, step) => (step < least ? step : least), processed) ?? 0n;
}
