/** Sinks: where the changes of a view go. */

import { type ConnectorDeclaration, type ViewIndex } from "@tidemark/program";

import { type Encoder } from "./format.ts";
import { type OwnFormat } from "./source.ts";
import { type OutputColumn, type ViewChange } from "./value.ts";

/** A small text that survives a crash: after `write` resolves, `read` answers it for ever. */
export interface DurableCell {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** What a sink is opened with. */
export interface SinkContext {
  readonly view: string;
  readonly columns: readonly OutputColumn[];
  readonly connector: ConnectorDeclaration;
  /** The index that the connector names: only for sinks that go by one. */
  readonly index?: ViewIndex;
  /** `{view}.{connector}`, for messages. */
  readonly endpoint: string;
  /** A fresh encoder as the connector's format asks; throws where the connector has no format. */
  readonly encoder: () => Encoder;
  /** Where the sink may keep its own progress; gone when the pipeline's storage is cleared. */
  readonly cell: DurableCell;
  /** Identity of the engine's storage. */
  readonly life: string;
  /** The last step that the engine's storage holds: every step that a sink ever took is at most this. */
  readonly step: bigint;
}

/** What taking a step's changes wrote. */
export interface Taken {
  readonly records: number;
  readonly bytes: number;
}

/** Takes the changes of its view step by step. */
export interface Sink extends AsyncDisposable {
  /** The last step that it holds durably; absent where it holds none, or keeps no memory. */
  readonly takenStep?: bigint;
  /**
   * Takes one step's changes: all deletes, then all inserts, each group sorted. Resolves once they
   * and the step's number are durable. The caller gives steps in ascending order, and after a
   * failure or a crash gives the step again: the sink must end up with its changes exactly once.
   */
  take(step: bigint, changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken>;
}

/** Opens sinks of one transport. */
export interface SinkFactory {
  readonly transport: string;
  /**
   * Whether the connector's entry must, may not, or may name a format; or the one that the transport
   * brings, which the entry then may not name.
   */
  readonly format: "required" | "forbidden" | "optional" | OwnFormat;
  /** Whether its sinks go by an index that the connector names; otherwise it may name none. */
  readonly usesIndex?: boolean;
  /** Checks `transport.config`; throws `ConfigError` naming the field. No I/O. */
  validate(connector: ConnectorDeclaration): void;
  open(context: SinkContext): Promise<Sink>;
}
