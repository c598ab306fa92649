/** Failures as Connect errors, which carry the same details as native gRPC. */

import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@tidemark/api";

import { type GrpcCode } from "@tidemark/service";

import { type Failure } from "../failure.ts";

/** The error that a failed call is answered with. */
export function connectErrorOf(failure: Failure): ConnectError {
  const { code, message, info, retryAfterSeconds } = failure;
  const reason = { desc: ErrorInfoSchema, value: { ...info } };
  if (retryAfterSeconds === undefined)
    return new ConnectError(message, CODES[code], challenge(code), [reason]);
  const retryDelay = durationFromMs(retryAfterSeconds * 1000);
  const retry = { desc: RetryInfoSchema, value: { retryDelay } };
  // HTTP clients that know nothing of details read the header.
  const headers = { "Retry-After": String(retryAfterSeconds) };
  return new ConnectError(message, CODES[code], headers, [reason, retry]);
}

/** HTTP asks every 401 to say how to authenticate. */
function challenge(code: GrpcCode): Record<string, string> | undefined {
  return code === "UNAUTHENTICATED" ? { "WWW-Authenticate": "Bearer" } : undefined;
}

const CODES: Readonly<Record<GrpcCode, Code>> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  NOT_FOUND: Code.NotFound,
  ALREADY_EXISTS: Code.AlreadyExists,
  PERMISSION_DENIED: Code.PermissionDenied,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ABORTED: Code.Aborted,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  DATA_LOSS: Code.DataLoss,
  UNAUTHENTICATED: Code.Unauthenticated,
};
