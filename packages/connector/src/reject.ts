/** Rejects: records that were refused, as commits keep them and tokens count them. */

import {
  type ConnectorId,
  type Incarnation,
  type Offset,
  type Partition,
  type Span,
} from "@tidemark/core";

/** A rejected record. */
export interface Reject {
  /** Where it stood in its source; absent where that is not known. */
  readonly partition?: Partition;
  readonly offset?: Offset;
  /** When it was rejected, in milliseconds since 1970. */
  readonly atMs: number;
  readonly error: string;
  readonly field: string | null;
  /** Its text, cut to a bound. */
  readonly record: string | null;
}

/**
 * Rejected records at offsets of one partition: one at each offset from `first` to `last`, or any
 * number at a single one. Without a partition they count in every token that has no spans.
 */
export interface RejectMark {
  readonly partition?: Partition;
  readonly first: Offset;
  readonly last: Offset;
  readonly count: number;
}

/** What a step rejected of one connector's number line. */
export interface StepRejects {
  readonly connector: ConnectorId;
  /** `{relation}.{name}` of the connector. */
  readonly endpoint: string;
  readonly incarnation: Incarnation;
  /** How many there are: exact, however few are kept. */
  readonly count: number;
  /** Where all of them stood. */
  readonly marks: readonly RejectMark[];
  /** The latest of them, oldest first. */
  readonly latest: readonly Reject[];
  /** How many of the connector's rejects stay in the relation; the oldest leave first. */
  readonly maxKept: number;
}

/** Which rejects are asked for. */
export interface RejectQuery {
  readonly connector: ConnectorId;
  readonly incarnation: Incarnation;
  readonly spans: readonly Span[];
  /** Whether those count whose place is not known. */
  readonly unplaced: boolean;
  /** How many of the first ones are wanted. */
  readonly limit: number;
}

/** A rejected record as it is answered. */
export interface KeptReject extends Reject {
  readonly endpoint: string;
}

/** Rejects as they are answered: how many there are, and the first of them that are still kept. */
export interface Rejected {
  readonly count: number;
  readonly first: readonly KeptReject[];
}

/** What claims count as rejected. */
export interface TokenRejects extends Rejected {
  /**
   * Rows that outputs gave up in the steps that the claims are about; where those steps are forgotten,
   * in all up to the last of them.
   */
  readonly deadLetters: number;
}

/** How many rejects a connector has of one incarnation, over all runs. */
export interface RejectTotal {
  readonly connector: ConnectorId;
  readonly incarnation: Incarnation;
  readonly count: number;
}
