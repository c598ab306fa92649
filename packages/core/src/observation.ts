/** An observation: a fresh reading of a connector's progress. */

import { type ConnectorId } from "./claim.ts";
import { type Frontier, type Partition } from "./frontier.ts";
import { type Incarnation } from "./incarnation.ts";
import { type Level } from "./level.ts";

/** An incarnation that has ended, and how far it had come when it did. */
export interface EndedIncarnation {
  readonly incarnation: Incarnation;
  /** What became durable of it: nothing of it will ever be processed beyond this. */
  readonly finalFrontier: Frontier;
  /** How much of that has reached the observation's level by now. */
  readonly frontier: Frontier;
}

/** Why input that is claimed has not been processed yet. */
export interface PendingReason {
  /** A closed set of words, for programs. */
  readonly code:
    | "processing"
    | "pipeline-paused"
    | "connector-paused"
    | "connector-waiting"
    | "connector-failed"
    | "connector-rejected"
    | "output-waiting"
    | "output-buffering"
    | "output-failing"
    | "not-received"
    | "consumer-inactive"
    | "consumer-rebalancing"
    | "never-committed"
    | "commit-unstable"
    | "transaction-open"
    | "slot-inactive"
    | "slot-idle"
    | "moved-back";
  /** One sentence for people: what holds it up, named. */
  readonly message: string;
}

/** A fresh reading of a connector. */
export interface Observation {
  readonly connector: ConnectorId;
  readonly incarnation: Incarnation;
  /** Everything strictly below it has reached `level`. */
  readonly frontier: Frontier;
  readonly level: Level;
  /** Input strictly below it is gone from the source: what is not covered of it never will be. */
  readonly dropped?: Frontier;
  /** What is claimed wholly below is gone from the source, where it was not covered; beyond, nothing is said. */
  readonly expired?: Frontier;
  /** Partitions that were cut back, and the offset each then ended at: input from there on is gone. */
  readonly cut?: ReadonlyMap<Partition, bigint>;
  /** When the reading began, in milliseconds of a monotonic clock. */
  readonly atMs: number;
  /** Earlier incarnations that can still be judged. */
  readonly ended: (incarnation: Incarnation) => EndedIncarnation | undefined;
  /** What holds progress up now, where something does. */
  readonly reasons: readonly PendingReason[];
}

/** The connector's progress could not be read. */
export interface Unobservable {
  readonly connector: ConnectorId;
  /** One sentence for people: what could not be reached. */
  readonly message: string;
  /** When the last reading succeeded, in milliseconds of the same clock. */
  readonly lastReadAtMs?: number;
}
