/** Token statuses, and how they are read from messages. */

import {
  type CheckTokensResponse,
  CompletionStatus,
  type TokenOutcome as OutcomeWire,
  type TokenStatus as Wire,
} from "@tidemark/api";

/** A token's status. */
export interface TokenStatus {
  readonly complete: boolean;
  /** The step that completed it, where known. */
  readonly step: bigint | undefined;
  /** Offsets that remain; 0 once complete. */
  readonly remaining: bigint;
  /** Why it is not complete yet. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** What remains, by connector; none once complete. */
  readonly parts: readonly RemainingPart[];
}

/** What remains of one connector's input. */
export interface RemainingPart {
  /** The connector's id, as tokens carry it. */
  readonly connector: string;
  /** What the token claims of it: `received`, `processed` or `delivered`. */
  readonly level: string;
  /** Offsets that remain, by partition. */
  readonly partitions: ReadonlyMap<string, bigint>;
  readonly remaining: bigint;
  /** Offsets a second that its progress has moved by lately; undefined until it can be told. */
  readonly perSecond: number | undefined;
  /** Seconds that what remains takes at that pace; undefined where it does not move. */
  readonly estimatedSeconds: number | undefined;
}

/** What is said of one token among several. */
export type TokenOutcome =
  | { readonly kind: "status"; readonly status: TokenStatus }
  | { readonly kind: "lost"; readonly reason: string; readonly message: string };

/** The status of several tokens. */
export interface SeveralStatus {
  /** Of all of them together. */
  readonly complete: boolean;
  /** Of each one, in the order asked. */
  readonly tokens: readonly TokenOutcome[];
}

/** What is known before the first answer: nothing has been seen to be complete. */
export const UNSEEN: TokenStatus = {
  complete: false,
  step: undefined,
  remaining: 0n,
  reasons: [],
  parts: [],
};

/** Reads one status. */
export function fromWire(status: Wire | undefined): TokenStatus {
  if (status === undefined) return UNSEEN;
  return {
    complete: status.status === CompletionStatus.COMPLETE,
    step: status.step,
    remaining: status.remaining,
    reasons: status.reasons.map(({ code, message }) => ({ code, message })),
    parts: status.parts.map(({ connector, level, partitions, ...part }) => ({
      connector,
      level,
      partitions: new Map(Object.entries(partitions)),
      remaining: part.remaining,
      perSecond: part.perSecond,
      estimatedSeconds: part.estimatedSeconds,
    })),
  };
}

/** Reads the status of several tokens. */
export function severalFromWire({ status, tokens }: CheckTokensResponse): SeveralStatus {
  return { complete: status === CompletionStatus.COMPLETE, tokens: tokens.map(outcomeFromWire) };
}

function outcomeFromWire({ outcome }: OutcomeWire): TokenOutcome {
  if (outcome.case === "lost") {
    const { reason, message } = outcome.value;
    return { kind: "lost", reason, message };
  }
  return { kind: "status", status: fromWire(outcome.value) };
}
