/** A token's status as its message. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CheckTokensResponseSchema,
  CompletionStatus,
  type TokenOutcomeSchema,
  type TokenStatusSchema,
} from "@tidemark/api";
import { type SeveralStatus, type TokenOutcome, type TokenStatus } from "@tidemark/service";

import { uint64 } from "./uint64.ts";

type Message = Exclude<MessageInitShape<typeof TokenStatusSchema>, { $typeName: string }>;

/** The message of a token's status. */
export function tokenStatusMessage(status: TokenStatus): Message {
  const { step, remaining, parts, verdict, rejected } = status;
  return {
    status: STATUS[status.status],
    ...(step === undefined ? {} : { step }),
    remaining: uint64(remaining),
    parts: parts.map(({ perSecond, estimatedSeconds, ...part }) => ({
      connector: part.connector,
      level: part.level,
      partitions: Object.fromEntries(
        [...part.partitions].map(([partition, offsets]) => [partition, uint64(offsets)]),
      ),
      remaining: uint64(part.remaining),
      ...(perSecond === undefined ? {} : { perSecond }),
      ...(estimatedSeconds === undefined ? {} : { estimatedSeconds }),
    })),
    reasons:
      verdict.kind === "pending"
        ? verdict.reasons.map(({ code, message }) => ({ code, message }))
        : [],
    ...(rejected === undefined ? {} : rejectedMessage(rejected)),
    ...(status.by === undefined ? {} : { by: status.by }),
  };
}

type Rejects = NonNullable<TokenStatus["rejected"]>;

function rejectedMessage({ count, deadLetters, first }: Rejects): Partial<Message> {
  return {
    rejected: uint64(count),
    deadLetters: uint64(deadLetters),
    rejections: first.map(({ endpoint, partition, offset, atMs, error, field, record }) => ({
      connector: endpoint,
      ...(partition === undefined ? {} : { partition }),
      ...(offset === undefined ? {} : { offset: uint64(offset) }),
      at: timestampFromMs(atMs),
      error,
      ...(field === null ? {} : { field }),
      ...(record === null ? {} : { record }),
    })),
  };
}

/** The message of several tokens' status. */
export function severalMessage({
  status,
  tokens,
}: SeveralStatus): MessageInitShape<typeof CheckTokensResponseSchema> {
  return { status: STATUS[status], tokens: tokens.map(outcomeMessage) };
}

function outcomeMessage(outcome: TokenOutcome): MessageInitShape<typeof TokenOutcomeSchema> {
  if (outcome.status !== "lost") {
    return { outcome: { case: "status", value: tokenStatusMessage(outcome) } };
  }
  const { reason, message } = outcome.error;
  return { outcome: { case: "lost", value: { reason, message } } };
}

const STATUS = {
  complete: CompletionStatus.COMPLETE,
  inprogress: CompletionStatus.IN_PROGRESS,
} as const;
