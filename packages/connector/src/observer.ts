/** Observers: how far an engine outside has come with a source, seen where it commits its progress. */

import {
  type EndedIncarnation,
  type Frontier,
  type Incarnation,
  type Level,
  type Offset,
  type Partition,
  type PendingReason,
} from "@tidemark/core";
import { type ConnectorDeclaration, type Table } from "@tidemark/program";

import { type Progress } from "./source.ts";

/** What an observer can tell, and what it rests on. */
export interface ObserverTells {
  /**
   * What progress means: what the operator declares that the engine has done before it commits,
   * within what the place of the commit can prove.
   */
  readonly level: Level;
  /**
   * `commit` where progress is known by the engine's commits alone: an engine that began to read behind
   * a record has committed beyond it and was never given it. Absent where it is declared, or known, that
   * the engine reads from the first record on.
   */
  readonly by?: "commit";
  /** One phrase: what its incarnation is made of. */
  readonly incarnationFrom: string;
  /** How a receipt of a write is written, as an example; undefined where the source gives none. */
  readonly receipt: string | undefined;
}

/** What one fresh reading says. */
export interface Observed {
  readonly incarnation: Incarnation;
  /**
   * Everything strictly below has reached the level, or is proven to hold nothing readable. A
   * partition without committed progress is at its origin: never at the source's end.
   */
  readonly frontier: Frontier;
  /** How progress is shown, where claims name partitions by more than people would. */
  readonly shown?: Frontier;
  /** Input strictly below is gone from the source; see `Observation`. */
  readonly dropped?: Frontier;
  /** What is claimed wholly below is gone from the source; see `Observation`. */
  readonly expired?: Frontier;
  /** Partitions that were cut back; see `Observation`. */
  readonly cut?: ReadonlyMap<Partition, Offset>;
  /** Earlier incarnations that can still be judged (a database's timeline before a switch). */
  readonly ended?: (incarnation: Incarnation) => EndedIncarnation | undefined;
  /** Why `wanted` is not reached, most telling first; at least one where it isn't. */
  readonly reasons: readonly PendingReason[];
}

/** What a reading is asked for. */
export interface ObserveOptions {
  /**
   * The largest targets that anyone waits for now: progress beyond them is of no use, and only up to
   * them is it worth proving that nothing readable is left, or finding out what holds progress up.
   */
  readonly wanted: Frontier;
  readonly signal: AbortSignal;
}

/**
 * Sees one connector's progress. Every method reads afresh: what it answers was read by requests
 * that began after the call, shared with all other callers that came before they began. It rejects
 * where the source or the place of the commit can't be reached in good time; the next call tries
 * again. Nothing is asked of the source while nobody calls.
 */
export interface Observer extends AsyncDisposable {
  readonly tells: ObserverTells;
  observe(options: ObserveOptions): Promise<Observed>;
  /** The source's own end: covers every write that was acknowledged before the call. */
  head(options: { readonly signal: AbortSignal }): Promise<Progress>;
  /** What covers the write that a receipt was given for; throws `ReceiptError`. */
  receipt?(text: string, options: { readonly signal: AbortSignal }): Promise<Progress>;
}

/** What an observer is opened with. */
export interface ObserverContext {
  readonly table: Table;
  readonly connector: ConnectorDeclaration;
  /** `{table}.{connector}`, for messages. */
  readonly endpoint: string;
  /** Identity of the pipeline's observation, which outlives restarts. To be part of every incarnation. */
  readonly life: string;
  /** A folder of its own, not there before it makes it, for what has to outlive a restart. */
  readonly directory: string;
}

/**
 * Opens observers of one transport. Observers of the same system share its connections, and their
 * readings are batched: requests per second don't grow with connectors, partitions or waiters
 * beyond what the protocol's largest requests hold.
 */
export interface ObserverFactory {
  /** The transport's name in a connector's declaration. */
  readonly transport: string;
  /** Checks `transport.config`; throws `ConfigError` naming the field. No I/O. */
  validate(connector: ConnectorDeclaration, table: Table): void;
  /** Reaches the source once; throws `ConfigError` for what the operator must mend (host, credentials, topic, slot). */
  open(context: ObserverContext): Promise<Observer>;
}
