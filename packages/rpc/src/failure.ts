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
 * first, but for the first elements of a list; `omitted` names what is not there as a whole.
 */
function metadata(details: Details): { readonly [key: string]: string } {
  const entries = entriesOf(details)
    .map(([key, value]) => ({ key, value, text: textOf(value) }))
    .toSorted((a, b) => a.text.length - b.text.length);
  const kept: Record<string, string> = {};
  const omitted: string[] = [];
  let room = MAX_METADATA_CHARACTERS;
  for (const { key, value, text } of entries) {
    const fits = key.length + text.length <= room;
    const part = fits ? text : firstOf(value, room - key.length);
    if (!fits) omitted.push(key);
    if (part === undefined) continue;
    kept[key] = part;
    room -= key.length + part.length;
  }
  return omitted.length === 0 ? kept : { ...kept, omitted: omitted.join(", ") };
}

function textOf(value: Details): string {
  return typeof value === "string" ? value.toWellFormed() : JSON.stringify(value);
}

/** As many of a list's first elements as there is room for, at least one. */
function firstOf(value: Details, room: number): string | undefined {
  if (!isList(value)) return undefined;
  const kept: string[] = [];
  let left = room - "[]".length;
  for (const element of value) {
    const text = JSON.stringify(element);
    left -= text.length + ",".length;
    if (left < 0) break;
    kept.push(text);
  }
  return kept.length === 0 ? undefined : `[${kept.join(",")}]`;
}

function isList(value: Details): value is readonly Details[] {
  return Array.isArray(value);
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
