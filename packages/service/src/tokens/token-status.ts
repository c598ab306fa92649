/** From a verdict to what callers are told. */

import { type RunningPipeline } from "@tidemark/connector";
import { type Claim, type Verdict } from "@tidemark/core";

import { pipelineInteractionUnreachable } from "../errors/interaction.ts";
import {
  completionTokenLost,
  pipelineRestarted,
  unknownEndpointInCompletionToken,
} from "../errors/token.ts";
import { type TokenStatus } from "../service.ts";
import { type ServiceError } from "../service-error.ts";

/** What the verdict was reached on. */
export interface Judged {
  readonly pipeline: string;
  readonly running: RunningPipeline;
  readonly claims: readonly Claim[];
}

type Lost = Extract<Verdict, { kind: "lost" }>;

/** The status that a verdict means; throws where the token is lost or could not be judged. */
export function tokenStatus(verdict: Verdict, judged: Judged): TokenStatus {
  switch (verdict.kind) {
    case "complete":
      return { status: "complete", step: stepOf(judged), remaining: 0n, verdict };
    case "pending":
      return { status: "inprogress", step: undefined, remaining: remaining(verdict), verdict };
    case "lost":
      throw lost(verdict, judged);
    case "unknown":
      throw pipelineInteractionUnreachable(judged.pipeline, "/completion_status", verdict.message);
    default:
      throw new TypeError(`unknown verdict ${String(verdict satisfies never)}`);
  }
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

function remaining(verdict: Extract<Verdict, { kind: "pending" }>): bigint {
  let sum = 0n;
  for (const { lag } of verdict.remaining) {
    for (const offsets of lag.values()) sum += offsets;
  }
  return sum;
}

function lost(verdict: Lost, { running, claims }: Judged): ServiceError {
  switch (verdict.reason) {
    case "connector-unknown":
      return unknownEndpointInCompletionToken(verdict.connector);
    case "incarnation-unknown": {
      const claim = claims.find(({ connector }) => connector === verdict.connector);
      return pipelineRestarted(claim?.incarnation ?? "", running.life);
    }
    case "beyond-end":
      return completionTokenLost(verdict.connector, verdict.reason, verdict.message);
    default:
      throw new TypeError(`unknown reason ${String(verdict.reason satisfies never)}`);
  }
}
