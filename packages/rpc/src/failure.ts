/** Failures: what a caller is told of a call that did not succeed, whichever protocol carried it. */

import { randomUUID } from "node:crypto";

import {
  type Details,
  type GrpcCode,
  internalError,
  REASONS,
  ServiceError,
} from "@tidemark/service";

import { type RpcOptions } from "./rpc-options.ts";

/** What a caller is told. */
export interface Failure {
  readonly code: GrpcCode;
  readonly message: string;
  /** The fields of `google.rpc.ErrorInfo`. */
  readonly info: {
    readonly reason: string;
    readonly domain: string;
    readonly metadata: { readonly [key: string]: string };
  };
  readonly retryAfterSeconds: number | undefined;
}

/** Who defines the reasons. */
const DOMAIN = "tidemark.dev";

// Failures travel in headers, of which many clients take 8 KiB at most.
const MAX_MESSAGE_CHARACTERS = 1500;
const MAX_METADATA_CHARACTERS = 2500;

/** What a caller is told of a fault; what is not the caller's business goes to the log instead. */
export function failureOf(fault: unknown, log: RpcOptions["log"]): Failure {
  const error = fault instanceof ServiceError ? fault : internalError(fault);
  const { grpc, retryAfterSeconds } = REASONS[error.reason];
  return {
    code: grpc,
    message: cut(error.message, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    info: { reason: error.reason, domain: DOMAIN, metadata: metadata(detailsOf(error, log)) },
    retryAfterSeconds,
  };
}

function detailsOf(error: ServiceError, log: RpcOptions["log"]): Details {
  if (error.reason !== "InternalError") return error.details;
  const requestId = randomUUID();
  log({ level: "error", message: "a call failed", requestId, error: error.cause ?? error });
  return { request_id: requestId };
}

/**
 * Texts as they are, all else as JSON. What there is no room for is left out, the longest values
 * first, and named in `omitted`.
 */
function metadata(details: Details): { readonly [key: string]: string } {
  const entries = entriesOf(details)
    .map(([key, value]): readonly [string, string] => [
      key,
      typeof value === "string" ? value.toWellFormed() : JSON.stringify(value),
    ])
    .toSorted(([, a], [, b]) => a.length - b.length);
  const kept: Record<string, string> = {};
  const omitted: string[] = [];
  let room = MAX_METADATA_CHARACTERS;
  for (const [key, value] of entries) {
    room -= key.length + value.length;
    if (room >= 0) kept[key] = value;
    else omitted.push(key);
  }
  return omitted.length === 0 ? kept : { ...kept, omitted: omitted.join(", ") };
}

function entriesOf(details: Details): [string, Details][] {
  if (details === null) return [];
  return isObject(details) ? Object.entries(details) : [["details", details]];
}

function isObject(details: Details): details is { readonly [key: string]: Details } {
  return typeof details === "object" && details !== null && !Array.isArray(details);
}

function cut(text: string, maximum: number): string {
  return text.length <= maximum ? text : `${text.slice(0, maximum - 1)}…`;
}
