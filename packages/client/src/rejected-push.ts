/** What became of a pushed body of which records were rejected, read from the error of its push. */

import { TidemarkError } from "./tidemark-error.ts";

/** A body that was ingested but for records that do not fit. */
export interface RejectedPush {
  /**
   * Covers the records that were ingested and those that were rejected: it becomes complete, and says
   * how many were rejected. Undefined where nothing was ingested, or the error had no room for it.
   */
  readonly token: string | undefined;
  /** How many records were ingested. */
  readonly records: bigint;
  /** How many records were rejected. */
  readonly rejected: bigint;
  /** The first of them. */
  readonly errors: readonly RecordFault[];
}

/** A record that does not fit. */
export interface RecordFault {
  /** Counts the body's records from 1; undefined where that can't be counted. */
  readonly event: number | undefined;
  readonly field: string | undefined;
  /** What was wrong with it, and what was expected. */
  readonly error: string;
  /** The record, or its part that does not fit. */
  readonly text: string | undefined;
}

/**
 * Reads the error that a push was rejected with; undefined for every error but `ParseErrors`.
 *
 * @example
 * const pushed = await tidemark.ingest(target, body).catch((error: unknown) => {
 *   const outcome = rejectedPush(error);
 *   if (outcome === undefined) throw error;
 *   return outcome;
 * });
 */
export function rejectedPush(error: unknown): RejectedPush | undefined {
  if (!(error instanceof TidemarkError) || error.reason !== "ParseErrors") return undefined;
  const { token, records, num_errors: rejected, errors } = error.details;
  return {
    token,
    records: countOf(records),
    rejected: countOf(rejected),
    errors: listOf(errors).map(faultOf),
  };
}

function countOf(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/u.test(text) ? BigInt(text) : 0n;
}

function listOf(text: string | undefined): readonly unknown[] {
  const list: unknown = text === undefined ? [] : JSON.parse(text);
  return Array.isArray(list) ? list : [];
}

function faultOf(error: unknown): RecordFault {
  const fields = new Map(Object.entries(Object(error)));
  const event = fields.get("event_number");
  return {
    event: typeof event === "number" ? event : undefined,
    field: textOf(fields.get("field")),
    error: textOf(fields.get("description")) ?? "",
    text: textOf(fields.get("invalid_text")),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
