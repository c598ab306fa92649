/** Error envelopes: the one shape in which every error leaves. */

import { internalError, REASONS, ServiceError } from "@tidemark/service";

import { type Answer, json } from "./answer.ts";

/** What a fault is to the caller; anything but the service's own errors is an internal one. */
export function asServiceError(fault: unknown): ServiceError {
  return fault instanceof ServiceError ? fault : internalError(fault);
}

/** An error as a response; an internal one carries the request's id, for the operator's log. */
export function envelope(error: ServiceError, requestId: string): Answer {
  const { http, retryAfterSeconds } = REASONS[error.reason];
  const headers: Record<string, string> = {};
  if (retryAfterSeconds !== undefined) headers["Retry-After"] = String(retryAfterSeconds);
  const details = error.reason === "InternalError" ? { request_id: requestId } : error.details;
  return json(
    { message: error.message, error_code: error.reason, details },
    { status: http, headers },
  );
}
