/** Errors of tokens, in the contract's words. */

import { ServiceError } from "../service-error.ts";

/** A parameter or body that is not what is asked for; the sentence ends without a full stop. */
export function invalidParam(error: string): ServiceError {
  return new ServiceError("InvalidParam", `Invalid parameter: ${error}.`, { error });
}

/** Text that is no token of this server; `where` tells which of several. */
export function invalidToken(error: string, where = ""): ServiceError {
  return invalidParam(`${where}invalid completion token: ${error}`);
}

/** A token of another pipeline, or of a life of this one that is over. */
export function pipelineRestarted(token: string, current: string): ServiceError {
  const error = `Completion token was created by a previous incarnation of the pipeline (incarnation uuid: ${token}) and is not valid for the current incarnation (${current}). This indicates that the pipeline was suspended and resumed from a checkpoint or restarted after a failure.`;
  return new ServiceError("PipelineRestarted", error, { error });
}

/** A token about a connector that the pipeline doesn't have any more. */
export function unknownEndpointInCompletionToken(endpointId: string): ServiceError {
  return new ServiceError(
    "UnknownEndpointInCompletionToken",
    `completion token specifies input endpoint id ${endpointId}, which doesn't exist; this indicates that the input connector was deleted after the completion token was generated`,
    { endpoint_id: endpointId },
  );
}

/**
 * Input that will never be processed; `what` says what became of it. Where its connector has failed,
 * the fault says more than that, and what to do about it.
 */
export function completionTokenLost(
  endpointId: string,
  lostReason: string,
  what: string,
  failed?: { readonly endpoint: string; readonly fault: string },
): ServiceError {
  const remedy =
    failed === undefined
      ? "Send it again and take a new token."
      : `Connector '${failed.endpoint}' has failed: ${failed.fault}.`;
  return new ServiceError(
    "CompletionTokenLost",
    `Input that the completion token covers is lost: ${what}. ${remedy}`,
    { endpoint_id: endpointId, reason: lostReason },
  );
}

/** A receipt of a write that no token can be issued for. */
export function receiptRefused(
  kind: "malformed" | "elsewhere" | "beyond-head" | "gone",
  error: string,
): ServiceError {
  return kind === "malformed"
    ? invalidParam(error)
    : new ServiceError("ReceiptRefused", `The receipt can't be used: ${error}.`, { kind, error });
}

/** More waiters than the server allows. */
export function tooManyWaiters(maximum: number): ServiceError {
  return new ServiceError(
    "TooManyWaiters",
    `Too many callers wait for completion tokens; the most allowed is ${maximum}. Try again later, or check the token from time to time.`,
    { maximum },
  );
}

/** The tokens that a query was to wait for are not complete yet; `why` says what holds them up. */
export function completionPending(
  remaining: bigint,
  why: readonly { readonly code: string; readonly message: string }[],
  waitedMs: number,
): ServiceError {
  const reasons = why.map(({ code, message }) => ({ code, message }));
  const offsets = remaining === 1n ? "1 offset remains" : `${remaining} offsets remain`;
  const sentences = reasons.map(({ message }) => ` ${message}`).join("");
  return new ServiceError(
    "CompletionPending",
    `The query was not run: its tokens were not complete within ${waitedMs / 1000} seconds, ${offsets}.${sentences}`,
    { status: "inprogress", remaining: Number(remaining), reasons },
  );
}

/** The caller's own deadline has passed. */
export function deadlineExceeded(): ServiceError {
  return new ServiceError(
    "DeadlineExceeded",
    "The deadline of the request passed before there was an answer.",
  );
}
