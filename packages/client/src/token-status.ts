/** Token statuses, and how they are read from messages. */

import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  type CheckTokensResponse,
  CompletionStatus,
  type Rejection as RejectionWire,
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
  /** How many of its records inputs have rejected so far; undefined where another engine reads them. */
  readonly rejected: bigint | undefined;
  /** How many rows outputs have given up in its steps; undefined as `rejected` is. */
  readonly deadLetters: bigint | undefined;
  /** The first of these. */
  readonly rejections: readonly Rejection[];
  /**
   * `commit` where an external engine's commits alone say so: an engine that began to read behind a
   * record has committed beyond it without it. Undefined otherwise.
   */
  readonly by?: string | undefined;
}

/** A record that was rejected. */
export interface Rejection {
  /** `{table}.{connector}` of an input, `{view}.{connector}` of an output. */
  readonly connector: string;
  /** Where the record stood, where that is known. */
  readonly partition: string | undefined;
  /** The record's own offset there; of an output, the step. */
  readonly offset: bigint | undefined;
  readonly at: Date | undefined;
  /** What was wrong with it, and what was expected. */
  readonly error: string;
  readonly field: string | undefined;
  /** The record, cut to a bound. */
  readonly record: string | undefined;
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
  rejected: undefined,
  deadLetters: undefined,
  rejections: [],
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
    rejected: status.rejected,
    deadLetters: status.deadLetters,
    rejections: status.rejections.map(rejectionFromWire),
    by: status.by,
  };
}

function rejectionFromWire(reject: RejectionWire): Rejection {
  const { connector, partition, offset, at, error, field, record } = reject;
  return {
    connector,
    partition,
    offset,
    at: at === undefined ? undefined : timestampDate(at),
    error,
    field,
    record,
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
