/** The one table of errors: what each reason is called, its HTTP status and gRPC code. */

import { type JsonValue } from "@tidemark/program";

import { INTERACTION_REASONS, type InteractionReason } from "./reasons/interaction-reasons.ts";
import { PIPELINE_REASONS, type PipelineReason } from "./reasons/pipeline-reasons.ts";
import { type ReasonEntry } from "./reasons/reason-entry.ts";
import { REQUEST_REASONS, type RequestReason } from "./reasons/request-reasons.ts";
import { TOKEN_REASONS, type TokenReason } from "./reasons/token-reasons.ts";

/** A reason's name: the documented `error_code`. */
export type Reason = InteractionReason | TokenReason | PipelineReason | RequestReason;

/** The table; one entry per reason. */
export const REASONS: Readonly<Record<Reason, ReasonEntry>> = {
  ...INTERACTION_REASONS,
  ...TOKEN_REASONS,
  ...PIPELINE_REASONS,
  ...REQUEST_REASONS,
};

/** Whether there is a reason of that name. */
export function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}

/** The details of an error: an object, or what the contract documents in its place. */
export type Details = JsonValue;
