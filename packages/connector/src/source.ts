/** Sources: where the input of a table comes from. */

import {
  type ConnectorId,
  type Epoch,
  type Frontier,
  type Incarnation,
  type PendingReason,
} from "@tidemark/core";
import { type ConnectorDeclaration, type JsonObject, type Table } from "@tidemark/program";

import { type Decoded, type Decoder, type RecordError } from "./format.ts";
import { type Changes } from "./value.ts";

/** Where a number line stands: what a commit keeps of a connector, and what it resumes from. */
export interface Progress {
  readonly incarnation: Incarnation;
  readonly frontier: Frontier;
  /** What the source needs besides to resume or to know its incarnation again: its own notation. */
  readonly state?: string;
}

/** Records in order, with the frontier that they bring their connector to. */
export interface Batch extends Progress {
  readonly changes: Changes;
  /** Good records in it. */
  readonly records: number;
  /** Input bytes that it came from. */
  readonly bytes: number;
  readonly errors: readonly RecordError[];
}

/** What a connector can tell of its positions. */
export interface SourceTells {
  /** Whether the source's own end can be asked for. */
  readonly head: boolean;
  /** One phrase: what its incarnation is made of. */
  readonly incarnationFrom: string;
}

/** What becomes of an input's rejected records: they are counted and passed, or reading stops there. */
export type InputRejects = "skip" | "stop";

/** What a source is opened with. */
export interface SourceContext {
  readonly table: Table;
  readonly connector: ConnectorDeclaration;
  /** `{table}.{connector}`, for messages. */
  readonly endpoint: string;
  /**
   * A fresh decoder as the connector's format asks; throws where the connector has no format.
   * `continued`: its bytes go on in the middle of a stream that was decoded up to there before, of
   * which `beginning` are the first bytes, a heading included.
   */
  readonly decoder: (options?: {
    readonly continued: boolean;
    readonly beginning?: Uint8Array;
  }) => Decoder;
  /**
   * A folder of its own, not there before it makes it, for what has to outlive a crash; gone when the
   * pipeline's storage is cleared.
   */
  readonly directory: string;
  /** Identity of the engine's storage: ends when it is cleared. To be part of every incarnation. */
  readonly life: string;
  readonly epoch: Epoch;
  /** What the last commit kept of this connector; absent on a first start. */
  readonly resume?: Progress;
  /**
   * Tells of trouble that the source gets over by itself (retrying, a file that is not there yet);
   * `undefined` says that it is over, as the next batch does.
   */
  readonly trouble: (message: string | undefined) => void;
  /**
   * What becomes of rejected records. With `stop` a batch that has errors holds nothing but the
   * rejected record, or the transaction that it is part of: reading stops before that batch.
   */
  readonly onReject: InputRejects;
}

/** A source that is read: pulling the next batch is the back-pressure. */
export interface Source extends AsyncDisposable {
  readonly tells: SourceTells;
  /**
   * Where reading starts: `resume`, or the origin of a new incarnation. Where the incarnation is not
   * that of `resume`, the caller ends the earlier one at the frontier of `resume`.
   */
  readonly start: Progress;
  /**
   * The batches from `start` on, exactly once each; the iteration ends at end of input. A batch whose
   * incarnation differs from the one before ends that one. Throws for a fault that retrying can't mend.
   */
  batches(options: { readonly signal: AbortSignal }): AsyncIterable<Batch>;
  /**
   * Told that a commit holds this progress of it, and at the start what the last one held: the source
   * may let go of what lies below. Must not throw.
   */
  committed?(progress: Progress): void;
  /** What is at fault, where the source has nothing to give now although there is more. No I/O. */
  holdup?(): PendingReason | undefined;
  /**
   * The source's own end, by a reading that begins after the call, on the number line that `batches`
   * is reading; throws `UnreadableError` where that can't be told now.
   */
  head?(options: { readonly signal: AbortSignal }): Promise<Progress>;
  /**
   * What covers the write that a receipt was given for, on the same number line; throws
   * `ReceiptError`, or `UnreadableError` as `head` does.
   */
  receipt?(text: string, options: { readonly signal: AbortSignal }): Promise<Progress>;
}

/** A source that is given its records: it numbers them in the order of acceptance. */
export interface PushSource extends AsyncDisposable {
  readonly tells: SourceTells;
  readonly start: Progress;
  /**
   * Gives the records, which came from so many bytes, the next offsets, those that were rejected
   * behind the others; synchronous, so that order of calls is order of offsets.
   */
  accept(decoded: Decoded, bytes: number): Batch;
}

/** What a source of pushed records is opened with. */
export interface PushContext {
  readonly connector: ConnectorId;
  /** `{table}.{connector}`, for messages. */
  readonly endpoint: string;
  /** Identity of the engine's storage. */
  readonly life: string;
  readonly epoch: Epoch;
  /** What the last commit kept of this connector; absent on a first start. */
  readonly resume?: Progress;
}

/** Opens sources of pushed records; no I/O. */
export interface PushSourceFactory {
  open(context: PushContext): PushSource;
}

/** The format that a transport brings: its source writes what it reads in it, for the decoder. */
export interface OwnFormat {
  readonly name: string;
  readonly config: JsonObject;
}

/** Opens sources of one transport. */
export interface SourceFactory {
  /** The transport's name in a connector's declaration. */
  readonly transport: string;
  /**
   * Whether the connector's entry must, may not, or may name a format; or the one that the transport
   * brings, which the entry then may not name.
   */
  readonly format: "required" | "forbidden" | "optional" | OwnFormat;
  /** Where the connector's entry does not say it in `on_reject`; `skip` where absent. */
  readonly onReject?: InputRejects;
  /** Checks `transport.config`; throws `ConfigError` naming the field. No I/O. */
  validate(connector: ConnectorDeclaration, table: Table): void;
  open(context: SourceContext): Promise<Source>;
}
