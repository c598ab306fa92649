/** Engines: what holds tables and views, and commits rows and frontiers together. */

import { type ConnectorId, type Epoch, type Frontier, type Incarnation } from "@tidemark/core";
import { type Program, type ProgramError } from "@tidemark/program";

import { type KeyedBody } from "./keyed-body.ts";
import { type Rejected, type RejectQuery, type RejectTotal, type StepRejects } from "./reject.ts";
import { type Progress } from "./source.ts";
import { type Changes, type OutputColumn, type Value, type ViewChange } from "./value.ts";

/** An incarnation of a connector that has ended, and how far it came. */
export interface Ended {
  readonly connector: ConnectorId;
  readonly incarnation: Incarnation;
  readonly finalFrontier: Frontier;
}

/** One transaction's worth of input. */
export interface Step {
  /** Changes by table name, in the order they are to be applied. */
  readonly inputs: readonly { readonly table: string; readonly changes: Changes }[];
  /** Where every connector stands once this is committed; all of them, every time. */
  readonly progress: ReadonlyMap<ConnectorId, Progress>;
  /** Incarnations that end with this step. */
  readonly ended: readonly Ended[];
  /** Changes of views up to and with this step were taken by every sink and may be dropped. */
  readonly deliveredStep: bigint;
  /** Keys to be forgotten, before any that `keyed` tells of. */
  readonly forgottenKeys?: readonly string[];
  /** How far bodies were taken under their keys with this step, one for each key. */
  readonly keyed?: readonly KeyedBody[];
  /** What the step rejected, one for each incarnation of a connector. */
  readonly rejects?: readonly StepRejects[];
}

/** What a commit did. */
export interface Committed {
  readonly step: bigint;
  /** Names of those views with sinks that the step changed. */
  readonly changedViews: ReadonlySet<string>;
  /** How many different rows of each of them appeared or went away. */
  readonly changedRows: ReadonlyMap<string, number>;
}

/** What the engine held when it was opened. */
export interface Recovered {
  /** Number of the last committed step; 0 before the first. */
  readonly step: bigint;
  readonly progress: ReadonlyMap<ConnectorId, Progress>;
  readonly ended: readonly Ended[];
  /** The latest of every key that was not forgotten, in any order. */
  readonly keyed: readonly KeyedBody[];
  /** How many records were ever rejected. */
  readonly rejects: readonly RejectTotal[];
  /**
   * The step that the last commit gave as `deliveredStep`, where that is not 0, and every later one,
   * oldest first, with what it stood at and the views it changed.
   */
  readonly undelivered: readonly {
    readonly step: bigint;
    readonly progress: ReadonlyMap<ConnectorId, Progress>;
    readonly changedViews: ReadonlySet<string>;
  }[];
}

/** The rows that a query answers. */
export interface QueryResult {
  readonly columns: readonly OutputColumn[];
  readonly rows: AsyncIterable<readonly (readonly Value[])[]>;
}

/** A relation that is followed for the time being. Nothing of that is durable, or costs once it is disposed. */
export interface Following extends AsyncDisposable {
  /**
   * What the last commit changed: all deletes, then all inserts, each group sorted; nothing before
   * the first commit since `follow`. To be read to its end after every commit, before the next one.
   * Throws `QueryError` where a row can't be computed; commits go on, but this answers nothing more.
   * Dispose it between commits, too.
   */
  changes(): AsyncIterable<readonly ViewChange[]>;
}

/** Runs one program. Only one engine may be open on a directory at any time. */
export interface Engine extends AsyncDisposable {
  /** Identity of its storage: new when storage was cleared. */
  readonly life: string;
  /** Number of this run on this storage, durable before `open` resolves. */
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  /** Columns of every view, by name. */
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  /**
   * Applies and commits one step: resolves once rows and progress are durable together. When it
   * rejects, nothing of the step is there and the engine can't be used any more. One call at a time.
   */
  commit(step: Step): Promise<Committed>;
  /**
   * A view's changes in one undelivered step: all deletes, then all inserts, each group sorted. For
   * a step whose changes were dropped it answers none.
   */
  changes(view: string, step: bigint): AsyncIterable<readonly ViewChange[]>;
  /**
   * Follows a table or view, with sinks or without, from the last commit on; to be called between
   * commits. Throws `QueryError` for a view that can't be followed.
   */
  follow(relation: string): Promise<Following>;
  /**
   * All rows of a table or view, sorted, as inserts. To be called between commits: it answers the
   * state after the last one however late it is read. Abort the signal to give it up half read.
   */
  snapshot(
    relation: string,
    options: { readonly signal: AbortSignal },
  ): Promise<AsyncIterable<readonly ViewChange[]>>;
  /** Runs one read-only statement on the state after the last commit; throws `QueryError`. */
  query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult>;
  /** Rejected records of the last commit and those before. */
  rejected(query: RejectQuery): Promise<Rejected>;
  /** Bytes of storage in use. */
  storageBytes(): Promise<number>;
}

/** A query that can't be answered; the message is the engine's own, without paths. */
export class QueryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueryError";
  }
}

/** What compiling answers. */
export type Compiled =
  | { readonly kind: "compiled"; readonly views: ReadonlyMap<string, readonly OutputColumn[]> }
  | { readonly kind: "invalid"; readonly errors: readonly ProgramError[] };

/** Opens engines of one kind. */
export interface EngineFactory {
  /** Checks that a parsed program can run; changes nothing. */
  compile(program: Program): Promise<Compiled>;
  /** Opens the storage in a directory, which it creates if need be. */
  open(options: { readonly directory: string; readonly program: Program }): Promise<Engine>;
  /** Removes all storage in a directory; also when there is none. */
  clear(directory: string): Promise<void>;
}
