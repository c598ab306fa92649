/** A token's status as its message. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { CompletionStatus, type TokenStatusSchema } from "@tidemark/api";
import { type TokenStatus } from "@tidemark/service";

import { uint64 } from "./uint64.ts";

/** The message of a token's status. */
export function tokenStatusMessage(
  status: TokenStatus,
): MessageInitShape<typeof TokenStatusSchema> {
  const { step, remaining, verdict } = status;
  return {
    status: STATUS[status.status],
    ...(step === undefined ? {} : { step }),
    remaining: uint64(remaining),
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
