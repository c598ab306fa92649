/** An input: one connector of a table in a running pipeline, its queue and its counters. */

import { type ConnectorId, EMPTY, lessEqual } from "@tidemark/core";
import { type ConnectorDeclaration, type Table } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type RecordError } from "../format.ts";
import { type CompletedPosition, type InputStatus } from "../running-pipeline.ts";
import { type Batch, type Progress, type SourceTells } from "../source.ts";
import { type Changes, hasTruncate } from "../value.ts";
import { BatchQueue, type QueuedBatch, type QueueLimits } from "./batch-queue.ts";
import { Bell } from "./bell.ts";
import { FaultLog } from "./fault-log.ts";
import { type NumberLines } from "./number-lines.ts";
import { rejectsOf } from "./step-rejects.ts";

/** How much of a record a reason shows. */
const REFUSAL_CHARACTERS = 200;

/** How many rejects of a connector are kept where its entry does not say. */
export const DEFAULT_MAX_REJECTS = 1000;

/** What an input is made with. */
export interface InputOptions {
  readonly id: ConnectorId;
  readonly table: Table;
  readonly name: string;
  /** Absent for endpoints of pushes. */
  readonly declaration: ConnectorDeclaration | undefined;
  readonly queue: QueueLimits;
  readonly lines: NumberLines;
  readonly start: Progress;
  readonly tells: SourceTells;
  /** Why a truncate of this input can't be applied now; undefined where it can. */
  readonly truncateFault: () => string | undefined;
  readonly wallMs: () => number;
  /** Whether it stops before a batch that has rejects, until they are skipped. */
  readonly stopsAtRejects: boolean;
}

/** One input: what it was declared as, where it stands, and what holds it up. */
export class Input {
  readonly id: ConnectorId;
  readonly table: Table;
  readonly name: string;
  readonly endpoint: string;
  readonly declaration: ConnectorDeclaration | undefined;
  readonly queue: BatchQueue;
  readonly lines: NumberLines;
  readonly stopsAtRejects: boolean;
  /** Rung whenever the reader may have become free to go on. */
  readonly gate: Bell = new Bell();
  /** Set by a user or by the declaration. */
  pausedByUser = false;
  /** Labels it still waits for. */
  waitingFor: readonly string[] = [];
  endOfInput = false;
  fatalError: string | undefined;
  trouble: string | undefined;
  /** What it has stopped before, where its rejects stop it. */
  refusal: string | undefined;
  /** Whether a step that is not committed yet holds records of it. */
  inStep = false;
  /** The newest position that every output has taken. */
  completed: CompletedPosition | undefined;

  readonly #tells: SourceTells;
  readonly #truncateFault: () => string | undefined;
  readonly #parseFaults: FaultLog;
  readonly #transportFaults: FaultLog;
  readonly #start: Progress;
  readonly #wallMs: () => number;
  #totalRecords = 0;
  #totalBytes = 0;

  constructor(options: InputOptions) {
    this.id = options.id;
    this.table = options.table;
    this.name = options.name;
    this.endpoint = `${options.table.id.name}.${options.name}`;
    this.declaration = options.declaration;
    this.queue = new BatchQueue(options.queue);
    this.lines = options.lines;
    this.stopsAtRejects = options.stopsAtRejects;
    this.#start = options.start;
    this.#tells = options.tells;
    this.#truncateFault = options.truncateFault;
    this.#wallMs = options.wallMs;
    this.#parseFaults = new FaultLog(options.wallMs);
    this.#transportFaults = new FaultLog(options.wallMs);
  }

  /** How many of its rejects are kept. */
  get maxRejects(): number {
    return this.declaration?.maxRejects ?? DEFAULT_MAX_REJECTS;
  }

  get paused(): boolean {
    return this.pausedByUser || this.waitingFor.length > 0;
  }

  /** Where it stands: the progress of the last batch that it received. */
  get received(): Progress {
    return this.lines.received ?? this.#start;
  }

  /** The progress that is durable in the engine. */
  get processed(): Progress {
    return this.lines.processed ?? this.#start;
  }

  /** Whether everything below this, on the line that it is on now, is durable in the engine. */
  hasProcessed({ incarnation, frontier }: Progress): boolean {
    const { processed } = this;
    return incarnation === processed.incarnation && lessEqual(frontier, processed.frontier);
  }

  /** At its end, and everything that it gave is committed. */
  get finished(): boolean {
    return this.endOfInput && this.queue.isEmpty && !this.inStep;
  }

  get totalRecords(): number {
    return this.#totalRecords;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Takes a batch in; throws a `RangeError` where it goes back, and where it truncates what it must not. */
  receive(batch: Omit<QueuedBatch, "receivedAtMs" | "rejects">): void {
    this.requireTruncatable(batch.changes);
    const { incarnation, frontier, state, errors } = batch;
    const { received } = this;
    const before = received.incarnation === incarnation ? received.frontier : EMPTY;
    this.lines.receive({ incarnation, frontier, ...(state === undefined ? {} : { state }) });
    const atMs = this.#wallMs();
    const rejects = rejectsOf(errors, { before, after: frontier, atMs });
    this.queue.add({ ...batch, errors: [], rejects, receivedAtMs: atMs });
    this.#totalRecords += batch.records;
    this.#totalBytes += batch.bytes;
    this.addParseErrors(batch);
    this.trouble = undefined;
  }

  /** Throws `ConfigError` where the changes hold a truncate that can't be applied. */
  requireTruncatable(changes: Changes): void {
    const fault = hasTruncate(changes) ? this.#truncateFault() : undefined;
    if (fault !== undefined) throw new ConfigError("truncate", fault);
  }

  /** Keeps the records that did not fit for the status. */
  addParseErrors({ errors }: Pick<Batch, "errors">): void {
    for (const error of errors) this.#parseFaults.add(error.description, error.tag);
  }

  /** Stops before rejected records. */
  refuse({ description, position, invalidText }: RecordError, count: number): void {
    const where = position === undefined ? "" : ` at ${position[0]}:${position[1]}`;
    const text = invalidText === null ? "" : `: ${invalidText.slice(0, REFUSAL_CHARACTERS)}`;
    const more = count > 1 ? ` (and ${count - 1} more)` : "";
    this.refusal = `${description}${where}${text}${more}`;
    this.addTransportError(this.refusal);
  }

  /** Takes trouble that the source is getting over, or the fault that ended it. */
  addTransportError(message: string): void {
    this.#transportFaults.add(message);
  }

  /** What the contract's stats show; `rejected` is how many of its records were rejected durably. */
  status(rejected: number): InputStatus {
    const { received } = this;
    return {
      id: this.id,
      table: this.table.id,
      name: this.name,
      endpoint: this.endpoint,
      pushed: this.declaration === undefined,
      declaration: this.declaration,
      tells: this.#tells,
      level: "delivered",
      paused: this.paused,
      waitingFor: this.waitingFor,
      endOfInput: this.endOfInput,
      fatalError: this.fatalError,
      trouble: this.trouble,
      refusal: this.refusal,
      received,
      processed: this.processed,
      delivered: { ...received, frontier: this.lines.delivered(received.incarnation) },
      completed: this.completed,
      totalRecords: this.#totalRecords,
      totalBytes: this.#totalBytes,
      bufferedRecords: this.queue.records,
      bufferedBytes: this.queue.bytes,
      rejected,
      parseErrorCount: this.#parseFaults.count,
      transportErrorCount: this.#transportFaults.count,
      parseErrors: this.#parseFaults.latest,
      transportErrors: this.#transportFaults.latest,
    };
  }
}
