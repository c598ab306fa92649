/** A token's status as its message. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { CompletionStatus, type TokenStatusSchema } from "@tidemark/api";
import { type TokenStatus } from "@tidemark/service";

import { uint64 } from "./uint64.ts";

/** The message of a token's status. */
export function tokenStatusMessage(
  status: TokenStatus,
): MessageInitShape<typeof TokenStatusSchema> {
  const { step, remaining, parts, verdict } = status;
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
  };
}

const STATUS = {
  complete: CompletionStatus.COMPLETE,
  inprogress: CompletionStatus.IN_PROGRESS,
} as const;
