/** A running pipeline: what the service sees of one, whichever engine runs it. */

import { type Board, type Claim, type ConnectorId, type Level } from "@tidemark/core";
import { type ConnectorDeclaration, type Identifier, type JsonObject } from "@tidemark/program";

import { type QueryResult } from "./engine.ts";
import { type RecordError } from "./format.ts";
import { type Covered } from "./keyed-body.ts";
import { type TokenRejects } from "./reject.ts";
import { type Progress, type SourceTells } from "./source.ts";

/** A fault that a connector met, as the documented stats show it. */
export interface ConnectorFault {
  /** Wall-clock time, in milliseconds since 1970. */
  readonly timestampMs: number;
  /** Counts this connector's faults of this kind, from 0. */
  readonly index: number;
  readonly tag: string | null;
  readonly message: string;
}

/** A position that every output has taken, and when it got how far, in milliseconds since 1970. */
export interface CompletedPosition {
  readonly progress: Progress;
  readonly ingestedAtMs: number;
  readonly processedAtMs: number;
  readonly completedAtMs: number;
}

/** An input connector, now. */
export interface InputStatus {
  readonly id: ConnectorId;
  readonly table: Identifier;
  readonly name: string;
  /** `{table}.{name}`. */
  readonly endpoint: string;
  /** Pushed connectors come from requests, not from the program. */
  readonly pushed: boolean;
  readonly declaration: ConnectorDeclaration | undefined;
  readonly tells: SourceTells;
  /** What progress of it means, which its tokens claim. */
  readonly level: Level;
  /** Paused by a user, by its declaration, or waiting for `start_after`. */
  readonly paused: boolean;
  /** Labels it still waits for. */
  readonly waitingFor: readonly string[];
  readonly endOfInput: boolean;
  readonly fatalError: string | undefined;
  /** Trouble that it is getting over. */
  readonly trouble: string | undefined;
  /** The rejected record that it has stopped before, where its rejects stop it. */
  readonly refusal: string | undefined;
  readonly received: Progress;
  readonly processed: Progress;
  readonly delivered: Progress;
  /** The newest position that was delivered since the pipeline was opened, where there is one. */
  readonly completed: CompletedPosition | undefined;
  readonly totalRecords: number;
  readonly totalBytes: number;
  readonly bufferedRecords: number;
  readonly bufferedBytes: number;
  /** How many of its records were rejected, in all runs; undefined where another engine reads it. */
  readonly rejected: number | undefined;
  readonly parseErrorCount: number;
  readonly transportErrorCount: number;
  /** The latest of them, oldest first, at most 100 of each. */
  readonly parseErrors: readonly ConnectorFault[];
  readonly transportErrors: readonly ConnectorFault[];
}

/** An output connector, or a subscription with back-pressure or without, now. */
export interface OutputStatus {
  readonly id: ConnectorId;
  readonly view: Identifier;
  readonly name: string;
  readonly endpoint: string;
  /** Absent for subscriptions, which come from requests. */
  readonly declaration: ConnectorDeclaration | undefined;
  readonly fatalError: string | undefined;
  /** What it is retrying, where it is. */
  readonly trouble: string | undefined;
  /** Paused by a user or by its declaration: it keeps what it has not taken, which holds up tokens. */
  readonly paused: boolean;
  /** The last step that it has taken. */
  readonly takenStep: bigint;
  readonly transmittedRecords: number;
  readonly transmittedBytes: number;
  readonly queuedRecords: number;
  readonly queuedBatches: number;
  /** Rows that it gave up because its target can never accept them, in all runs. */
  readonly deadLetters: number;
  /** Rows and steps that its output buffer holds back. */
  readonly bufferedRecords: number;
  readonly bufferedBatches: number;
  readonly encodeErrorCount: number;
  readonly transportErrorCount: number;
  /** The latest of them, oldest first, at most 100 of each. */
  readonly encodeErrors: readonly ConnectorFault[];
  readonly transportErrors: readonly ConnectorFault[];
}

/** Counters of the whole pipeline since it was opened; `total…` ones survive in storage where said. */
export interface PipelineTotals {
  readonly initiatedSteps: bigint;
  readonly processedSteps: bigint;
  readonly completedSteps: bigint;
  readonly totalInputRecords: number;
  readonly totalInputBytes: number;
  readonly totalProcessedRecords: number;
  readonly totalCompletedRecords: number;
  readonly bufferedInputRecords: number;
  readonly bufferedInputBytes: number;
  readonly outputStallMs: number;
  readonly storageBytes: number;
  readonly startedAtMs: number;
  /** Every declared input is at its end, and everything received, pushed records too, is delivered. */
  readonly complete: boolean;
}

/** What was pushed, and where it went. */
export interface Pushed {
  readonly connector: ConnectorId;
  /** With `earlier`, covers every record of this push that was taken. */
  readonly progress: Covered;
  /** What earlier runs of the pipeline took of the same body, where it has a key. */
  readonly earlier: readonly Covered[];
  readonly records: number;
  /** How many records did not fit. */
  readonly errorCount: number;
  /** The first 1000 of them. */
  readonly errors: readonly RecordError[];
}

/** One push of a body into a table. */
export interface Push {
  /** The table as the request spells it. */
  readonly table: string;
  readonly format: { readonly name: string; readonly config: JsonObject };
  readonly body: AsyncIterable<Uint8Array>;
  /** Push even while the pipeline is paused. */
  readonly force: boolean;
  /** JSON text of an object: what `CONNECTOR_METADATA()` tells of every record. */
  readonly metadata?: string;
  /** Answered only once all records are committed; one with a key always is. */
  readonly durable?: boolean;
  /**
   * Taken whole, in one step, or not at all: also where one of its records does not fit, which rejects
   * with `BodyRejectedError`, or where it breaks off. `BodyTooLargeError` where it can't be kept.
   */
  readonly atomic?: boolean;
  /** The same body under the same key is taken once, however often it is pushed. */
  readonly key?: string;
  readonly signal: AbortSignal;
}

/** A subscription to the changes of a table or view. */
export interface Subscribe {
  /** As the request spells it. */
  readonly relation: string;
  /** An output format's name and configuration; `buffer_size_records` bounds the records of a chunk. */
  readonly format: { readonly name: string; readonly config: JsonObject };
  /**
   * Whether a subscriber that does not keep up holds up the pipeline: no step begins while too much
   * waits for it, and claims stay pending until it has taken the step. Without, chunks are dropped.
   */
  readonly backpressure: boolean;
  /** Whether all rows as of now come first; for materialized relations only. */
  readonly sendSnapshot: boolean;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

/** Part of what a subscriber gets. */
export interface EgressChunk {
  /** Counts all chunks from 0, those without data as well; a number that is missing was dropped. */
  readonly sequenceNumber: number;
  readonly snapshot: boolean;
  /** The step that made these changes, or that the snapshot shows; without data, the last step seen. */
  readonly step: bigint;
  /** Whether it is the last of its step, or of the snapshot. */
  readonly endOfStep: boolean;
  /** Encoded changes, the same object for everybody who has them; absent where there was nothing to say. */
  readonly data: Uint8Array | undefined;
}

/** A subscription that has begun. */
export interface Subscription {
  /** The step that it begins after, which is the step that its snapshot shows. */
  readonly afterStep: bigint;
  /**
   * Its chunks, one without data whenever nothing happens for a while; to be iterated once, and ended
   * by leaving the loop or by the signal. A chunk counts as taken when the next one is asked for. Ends
   * with the pipeline; throws `SubscriptionError` where it can't go on.
   */
  readonly chunks: AsyncIterable<EgressChunk>;
}

/** What a token covers: what was taken in, or the source's own end. */
export type Basis = "received" | "head";

/**
 * A pipeline that is deployed. Its board holds the delivered level of every connector that it ever
 * had on this storage, and settles every waiter when the pipeline ends.
 */
export interface RunningPipeline extends AsyncDisposable {
  readonly life: string;
  readonly board: Board;
  /** What a token covers where its caller doesn't say. */
  readonly defaultBasis: Basis;
  readonly paused: boolean;
  /** Throws `ExternalEngineError` where the engine is not ours, as `resume`, `push`, `query` and `setPaused` do. */
  pause(): void;
  resume(): void;
  inputs(): readonly InputStatus[];
  outputs(): readonly OutputStatus[];
  totals(): Promise<PipelineTotals>;
  /** An input's position by a reading that begins after the call; undefined where the basis can't be told. */
  position(
    input: ConnectorId,
    basis: Basis,
    options: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined>;
  /**
   * What covers the write that a receipt was given for; undefined where the connector takes none.
   * Throws `ReceiptError`.
   */
  receipt(
    input: ConnectorId,
    text: string,
    options: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined>;
  /**
   * Resolves once the board's readings of these claims' connectors are ones that began after the
   * call. Absent where the board is told of all progress at once, so that it is fresh at any time.
   */
  refresh?(claims: readonly Claim[], options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Keeps readings coming that may settle these claims, until what is answered is called. Absent as
   * `refresh` is.
   */
  attend?(claims: readonly Claim[]): () => void;
  /** What alone says how far the engine has come with any of these claims; absent as `refresh` is. */
  provedBy?(claims: readonly Claim[]): "commit" | undefined;
  /** Offsets a second that an input's progress has moved by lately; undefined where nothing has moved. */
  pace(input: ConnectorId): number | undefined;
  /**
   * The step that made a connector's delivered progress cover `progress`, or the oldest step still
   * known to cover it; undefined while none does.
   */
  stepOf(connector: ConnectorId, progress: Progress): bigint | undefined;
  /**
   * How many records were rejected where these claims count them, and the first `limit` of them.
   * Absent where another engine reads the records.
   */
  rejected?(claims: readonly Claim[], options: { readonly limit: number }): Promise<TokenRejects>;
  /** Starts or pauses one declared input or output; idempotent. */
  setPaused(connector: ConnectorId, paused: boolean): void;
  /** Lets an input that has stopped before a rejected record go on behind it; idempotent. */
  skipRejected(input: ConnectorId): void;
  /**
   * Reads a body to its end, queueing its good records with back-pressure. Throws `ConfigError` for a
   * format that can't be used, `UnknownTableError` for a table that is not there, and `KeyReusedError`
   * for a key that stands for another push.
   */
  push(push: Push): Promise<Pushed>;
  query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult>;
  /**
   * Subscribes from the last committed step on. Throws `ConfigError` for a format or setting that can't
   * be used, `UnknownRelationError`, `PushLimitError` and `PipelineClosedError`.
   */
  subscribe(subscribe: Subscribe): Promise<Subscription>;
  /** Stops reading, commits and delivers what was taken in; resolves early when `signal` aborts. */
  drain(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Resolves with the fault that ended the pipeline by itself; never, where none does. */
  readonly failure: Promise<Error>;
}

/** A push names a table that the program does not have. */
export class UnknownTableError extends Error {
  readonly table: string;
  constructor(table: string) {
    super(`unknown table '${table}'`);
    this.name = "UnknownTableError";
    this.table = table;
  }
}

/** A subscription names a table or view that the program does not have, or that is local. */
export class UnknownRelationError extends Error {
  readonly relation: string;
  constructor(relation: string) {
    super(`unknown table or view '${relation}'`);
    this.name = "UnknownRelationError";
    this.relation = relation;
  }
}

/** A subscription can't go on: a row of its relation can't be computed, or can't be written in its format. */
export class SubscriptionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SubscriptionError";
  }
}
