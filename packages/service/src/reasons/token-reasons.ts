/** Reasons why a token can't be judged or waited for. */

import { type ReasonEntry } from "./reason-entry.ts";

/** Names of the reasons to do with tokens. */
export type TokenReason =
  | "InvalidParam"
  | "PipelineRestarted"
  | "UnknownEndpointInCompletionToken"
  | "CompletionTokenLost"
  | "ReceiptRefused"
  | "TooManyWaiters"
  | "CompletionPending"
  | "DeadlineExceeded";

/** What each of them means. */
export const TOKEN_REASONS: Readonly<Record<TokenReason, ReasonEntry>> = {
  InvalidParam: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Invalid parameter: {error}.",
    details: ["error"],
    cause:
      "A parameter, or the body, is not what is asked for; also a token that is no token, or that was altered or issued elsewhere.",
    remedy: "The message names the parameter, what is wrong and what would be right.",
  },
  PipelineRestarted: {
    http: 410,
    grpc: "FAILED_PRECONDITION",
    message: "{error}",
    details: ["error"],
    cause: "The token belongs to another pipeline, or to storage that has been cleared since.",
    remedy:
      "Whether that input was processed can't be told any more. If it matters, send it again and take a new token.",
  },
  UnknownEndpointInCompletionToken: {
    http: 410,
    grpc: "FAILED_PRECONDITION",
    message:
      "completion token specifies input endpoint id {endpoint_id}, which doesn't exist; this indicates that the input connector was deleted after the completion token was generated",
    details: ["endpoint_id"],
    cause: "The connector that the token is about isn't there any more.",
    remedy: "Take a new token from a connector that exists.",
  },
  CompletionTokenLost: {
    http: 410,
    grpc: "DATA_LOSS",
    message:
      "Input that the completion token covers is lost: {what became of it}. Send it again and take a new token.",
    details: ["endpoint_id", "reason"],
    cause:
      "Input that the token covers was not durable when the pipeline or its source ended, and will never be processed.",
    remedy: "Send the input again and take a new token.",
  },
  ReceiptRefused: {
    http: 409,
    grpc: "FAILED_PRECONDITION",
    message: "The receipt can't be used: {error}.",
    details: ["kind", "error"],
    cause:
      "The receipt is of another topic or database than the connector reads, lies beyond the source's end, or is of what the source no longer has.",
    remedy: "Take the receipt from the answer to a write to this connector's own source.",
  },
  TooManyWaiters: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    retryAfterSeconds: 1,
    message:
      "Too many callers wait for completion tokens; the most allowed is {maximum}. Try again later, or check the token from time to time.",
    details: ["maximum"],
    cause: "As many callers wait for tokens as the server allows.",
    remedy: "Try again later, or check the token from time to time.",
  },
  CompletionPending: {
    http: 504,
    grpc: "DEADLINE_EXCEEDED",
    message:
      "The query was not run: its tokens were not complete within {seconds} seconds, {how many} offsets remain. {why}",
    details: ["status", "remaining", "reasons"],
    cause: "A query was to run once its tokens are complete, and they were not within the time.",
    remedy:
      "The details say what remains and why. Mend that, or ask again with more time; nothing was run.",
  },
  DeadlineExceeded: {
    http: 504,
    grpc: "DEADLINE_EXCEEDED",
    message: "The deadline of the request passed before there was an answer.",
    details: [],
    cause: "The caller's deadline passed before there was an answer.",
    remedy: "Try again with more time.",
  },
};
