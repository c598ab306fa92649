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

/** A change that a sink's target can never accept, whatever is tried. */
export interface RefusedRow {
  readonly change: ViewChange;
  /** The column at fault, where one is. */
  readonly column: string | null;
  /** Names the row by its key, the column and the value cut to a bound. */
  readonly message: string;
}

/**
 * Thrown by `take` where the target can never accept some changes of the step, and nothing of the
 * step was made durable. It lists every one that can be found in one go.
 */
export class RefusedRowsError extends Error {
  readonly rows: readonly RefusedRow[];

  constructor(rows: readonly RefusedRow[], options?: ErrorOptions) {
    super(refusedMessage(rows), options);
    this.name = "RefusedRowsError";
    this.rows = rows;
  }
}

function refusedMessage(rows: readonly RefusedRow[]): string {
  const first = rows[0]?.message ?? "the target refused the step";
  return rows.length > 1 ? `${first} (and ${rows.length - 1} more rows)` : first;
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
  /** Whether its sinks throw `RefusedRowsError`; otherwise `on_reject` may not be `dead_letter`. */
  readonly refusesRows?: boolean;
  /** Checks `transport.config`; throws `ConfigError` naming the field. No I/O. */
  validate(connector: ConnectorDeclaration): void;
  open(context: SinkContext): Promise<Sink>;
}
