/** The errors of an operation: its own, those of its gate and those that every operation has. */

import { type Reason } from "@tidemark/service";

import { type OperationDescription } from "./operation.ts";

/** Every reason for which the operation can fail, each once, in alphabetical order. */
export function errorsOf(operation: OperationDescription): readonly Reason[] {
  return [
    ...new Set([
      ...operation.errors,
      ...ALWAYS,
      ...(operation.role === "anyone" ? [] : KNOWN_CALLERS),
      ...(operation.access === "gated" ? GATE : []),
      ...(operation.takes.body === undefined ? [] : BODY),
    ]),
  ].toSorted();
}

/** `InvalidParam` is here because any path can be badly encoded; a page of another site may ask for any. */
const ALWAYS: readonly Reason[] = [
  "InvalidParam",
  "OriginNotAllowed",
  "HostNotAllowed",
  "InternalError",
  "ShuttingDown",
];
const KNOWN_CALLERS: readonly Reason[] = [
  "AuthenticationFailed",
  "IssuerUnreachable",
  "InsufficientPermissions",
  "AmbiguousTenantMembership",
  "NotATenantMember",
  "NoTenantMemberships",
  "UnknownTenantName",
];
const GATE: readonly Reason[] = [
  "UnknownPipelineName",
  "PipelineInteractionNotDeployed",
  "PipelineUnavailable",
  "PipelineInteractionUnreachable",
  "Terminating",
];
const BODY: readonly Reason[] = ["PayloadTooLarge"];
