/** Token statuses as JSON, and the headers that go with them. */

import {
  type JsonObject,
  type RemainingPart,
  type SeveralStatus,
  type TokenOutcome,
  type TokenStatus,
} from "@tidemark/service";

import { type AnswerOptions } from "./answer.ts";

/** What is asked for again must not come from a store. */
export const NOT_STORED: Readonly<Record<string, string>> = { "Cache-Control": "no-store" };

/** What tells a caller that its wait was granted, cut to so many seconds. */
export function waitApplied(seconds: number): Readonly<Record<string, string>> {
  return { "Preference-Applied": `wait=${seconds}` };
}

/** How a status is answered: 202 is the documented HTTP status while it is in progress. */
export function statusAnswer(
  { status }: Pick<TokenStatus, "status">,
  waitSeconds: number | undefined,
): AnswerOptions {
  const applied = waitSeconds === undefined ? {} : waitApplied(waitSeconds);
  return {
    status: status === "complete" ? 200 : 202,
    headers: { ...NOT_STORED, Vary: "Prefer", ...applied },
  };
}

/** One status, as the documented body. */
export function statusJson(answer: TokenStatus): JsonObject {
  const { status, step, remaining, parts, verdict, rejected } = answer;
  const reasons = verdict.kind === "pending" ? verdict.reasons : [];
  return {
    status,
    step: step === undefined ? null : Number(step),
    remaining: Number(remaining),
    reason: reasons.length === 0 ? null : reasons.map(({ message }) => message).join("; "),
    reasons: reasons.map(({ code, message }) => ({ code, message })),
    parts: parts.map(partJson),
    rejected: rejected?.count ?? null,
    dead_letters: rejected?.deadLetters ?? null,
    rejections: rejected?.first.map(rejectionJson) ?? [],
    ...(answer.by === undefined ? {} : { by: answer.by }),
  };
}

/** A rejected record; its offset is text, because it can exceed 53 bits. */
function rejectionJson(reject: NonNullable<TokenStatus["rejected"]>["first"][number]): JsonObject {
  return {
    connector: reject.endpoint,
    partition: reject.partition ?? null,
    offset: reject.offset === undefined ? null : String(reject.offset),
    at: new Date(reject.atMs).toISOString(),
    error: reject.error,
    field: reject.field,
    record: reject.record,
  };
}

/** What remains of one connector's input. */
function partJson(part: RemainingPart): JsonObject {
  return {
    connector: part.connector,
    level: part.level,
    partitions: Object.fromEntries(
      [...part.partitions].map(([partition, offsets]) => [partition, Number(offsets)]),
    ),
    remaining: Number(part.remaining),
    per_second: part.perSecond ?? null,
    estimated_seconds: part.estimatedSeconds ?? null,
  };
}

/** The status of several tokens. */
export function severalJson({ status, tokens }: SeveralStatus): JsonObject {
  return { status, tokens: tokens.map(outcomeJson) };
}

function outcomeJson(outcome: TokenOutcome): JsonObject {
  if (outcome.status !== "lost") return statusJson(outcome);
  const { reason, message, details } = outcome.error;
  return { status: "lost", error: { message, error_code: reason, details } };
}
