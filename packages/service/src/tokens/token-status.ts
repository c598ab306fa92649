/** From a verdict to what callers are told. */

import { type Verdict } from "@tidemark/core";

import { pipelineInteractionUnreachable } from "../errors/interaction.ts";
import {
  completionTokenLost,
  pipelineRestarted,
  unknownEndpointInCompletionToken,
} from "../errors/token.ts";
import { type TokenStatus } from "../service.ts";
import { type ServiceError } from "../service-error.ts";
import { type Judged } from "./judged.ts";

type Pending = Extract<Verdict, { kind: "pending" }>;
type Lost = Extract<Verdict, { kind: "lost" }>;

/** How many rejected records a status shows. */
const SHOWN_REJECTS = 10;

/** The status that a verdict means; throws where the token is lost or could not be judged. */
export async function tokenStatus(verdict: Verdict, judged: Judged): Promise<TokenStatus> {
  switch (verdict.kind) {
    case "complete": {
      const rejected = await rejectedOf(judged);
      return {
        status: "complete",
        step: stepOf(judged),
        remaining: 0n,
        parts: [],
        verdict,
        rejected,
        ...proofOf(judged),
      };
    }
    case "pending":
      return {
        ...inProgress(verdict, judged),
        rejected: await rejectedOf(judged),
        ...proofOf(judged),
      };
    case "lost":
      throw lost(verdict, judged);
    case "unknown":
      throw pipelineInteractionUnreachable(judged.pipeline, "/completion_status", verdict.message);
    default:
      throw new TypeError(`unknown verdict ${String(verdict satisfies never)}`);
  }
}

function proofOf({ running, claims }: Judged): Pick<TokenStatus, "by"> {
  const by = running.provedBy?.(claims);
  return by === undefined ? {} : { by };
}

async function rejectedOf({ running, claims }: Judged): Promise<TokenStatus["rejected"]> {
  return running.rejected?.(claims, { limit: SHOWN_REJECTS });
}

function stepOf({ running, claims }: Judged): bigint | undefined {
  let last = 0n;
  for (const claim of claims) {
    const step = running.stepOf(claim.connector, claim);
    if (step === undefined) return undefined;
    if (step > last) last = step;
  }
  return last;
}

function inProgress(verdict: Pending, { running, claims }: Judged): Omit<TokenStatus, "rejected"> {
  const parts = verdict.remaining.map(({ connector, lag }) => {
    const pace = running.pace(connector);
    const remaining = [...lag.values()].reduce((sum, offsets) => sum + offsets, 0n);
    return {
      connector,
      level: claims.find((claim) => claim.connector === connector)?.level ?? "delivered",
      partitions: lag,
      remaining,
      perSecond: moving(pace) ? rounded(pace) : undefined,
      estimatedSeconds: moving(pace) ? rounded(Number(remaining) / pace) : undefined,
    };
  });
  const remaining = parts.reduce((sum, part) => sum + part.remaining, 0n);
  return { status: "inprogress", step: undefined, remaining, parts, verdict };
}

function moving(pace: number | undefined): pace is number {
  return pace !== undefined && pace > 0;
}

/** Two digits: a measured pace is not more exact, and its noise is no news to a watcher. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

function lost(verdict: Lost, { running, claims }: Judged): ServiceError {
  switch (verdict.reason) {
    case "connector-unknown":
      // Storage of our own knows every connector that it ever had: this one was of other storage.
      return running.refresh === undefined
        ? restarted(verdict, { running, claims })
        : unknownEndpointInCompletionToken(verdict.connector);
    case "incarnation-unknown":
      return restarted(verdict, { running, claims });
    case "beyond-end":
    case "dropped":
    case "cut-back":
      return completionTokenLost(
        verdict.connector,
        verdict.reason,
        verdict.message,
        failureOf(verdict, running),
      );
    default:
      throw new TypeError(`unknown reason ${String(verdict.reason satisfies never)}`);
  }
}

function failureOf(
  { connector }: Lost,
  running: Judged["running"],
): { readonly endpoint: string; readonly fault: string } | undefined {
  const input = running.inputs().find(({ id }) => id === connector);
  if (input?.fatalError === undefined) return undefined;
  return { endpoint: input.endpoint, fault: input.fatalError };
}

function restarted(
  verdict: Lost,
  { running, claims }: Pick<Judged, "running" | "claims">,
): ServiceError {
  const claim = claims.find(({ connector }) => connector === verdict.connector);
  return pipelineRestarted(claim?.incarnation ?? "", running.life);
}
