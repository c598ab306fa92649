/** `postgres_cdc_input`: a table's rows as of one moment, then every change of it, each exactly once. */

import {
  type Batch,
  type Clock,
  ConfigError,
  incarnationOf,
  NextReading,
  type Progress,
  ReceiptError,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "@tidemark/connector";
import { EMPTY, equal, type Incarnation, type Offset } from "@tidemark/core";

import { type CdcConfig, cdcConfig } from "./cdc-config.ts";
import { ChangeEvents, UnfollowableError } from "./change-events.ts";
import { type Changes, ChangeStream } from "./change-stream.ts";
import { type Cluster, clusterOf } from "./cluster.ts";
import { endBefore, lsnAt, lsnOf, walFrontier } from "./lsn.ts";
import { receiptOffset } from "./receipt.ts";
import { asConfigError, Session } from "./session.ts";
import { createSlot, dropSlot, saysSlotIsGone, slotState } from "./slot.ts";
import { snapshotBatch } from "./snapshot.ts";
import { type SourceTable, sourceTable } from "./source-table.ts";

const TELLS: SourceTells = {
  head: true,
  incarnationFrom: "the cluster's system identifier, the database and the replication slot",
};

/** A statement that reads the whole table may take its time. */
const SNAPSHOT_QUERY_MS = 0;
const PEEK_MS = 120_000;
const RETRY_MS = { first: 100, longest: 10_000 };

/** Sources of the changes of a table; the clock sets the pace of idle readings and of retries. */
export function postgresCdcInput(clock: Clock): SourceFactory {
  return {
    transport: "postgres_cdc_input",
    format: { name: "json", config: { update_format: "insert_delete", json_flavor: "c_hex" } },
    validate: ({ transport }) => void cdcConfig(transport.config),
    open: (context) => openCdc(context, clock),
  };
}

async function openCdc(context: SourceContext, clock: Clock): Promise<Source> {
  const config = cdcConfig(context.connector.transport.config);
  await using opening = new AsyncDisposableStack();
  const session = opening.use(new Session(config.target, "tidemark cdc"));
  try {
    const cluster = await clusterOf(session, config.target);
    const table = await sourceTable(session, config, context.table);
    const slot =
      config.slot ??
      `tidemark_${context.life
        .replaceAll(/[^a-z0-9]/giu, "")
        .slice(-12)
        .toLowerCase()}_${table.oid}`;
    const resuming = await resumeOf(context, { config, cluster, slot, session });
    opening.move();
    return new CdcSource({ context, config, table, slot, clock, session, ...resuming });
  } catch (error) {
    throw asConfigError(error, config.target);
  }
}

/** Where the source starts, and why it can't go on, where it can't. */
interface Resuming {
  readonly start: Progress;
  /** The incarnation that ends the changes for good, so that what was not taken by then is lost. */
  readonly gone: Incarnation;
  readonly fault: string | undefined;
}

async function resumeOf(
  { life, resume, endpoint }: SourceContext,
  at: {
    readonly config: CdcConfig;
    readonly cluster: Cluster;
    readonly slot: string;
    readonly session: Session;
  },
): Promise<Resuming> {
  const { systemIdentifier, databaseOid } = at.cluster;
  const parts = ["postgres", endpoint, systemIdentifier, databaseOid, at.slot];
  const incarnation = incarnationOf(life, ...parts);
  const gone = incarnationOf(life, "gone", endpoint);
  if (resume === undefined || equal(resume.frontier, EMPTY)) {
    return { start: { incarnation, frontier: EMPTY }, gone, fault: undefined };
  }
  const fault = await resumeFault(resume, { incarnation, gone, ...at });
  if (fault === undefined) return { start: resume, gone, fault };
  return { start: { incarnation: gone, frontier: walFrontier(1n) }, gone, fault };
}

/** Why the changes after `resume` can't all be had. */
async function resumeFault(
  resume: Progress,
  at: {
    readonly incarnation: Incarnation;
    readonly gone: Incarnation;
    readonly session: Session;
    readonly slot: string;
  },
): Promise<string | undefined> {
  const { session, slot } = at;
  if (resume.incarnation === at.gone) return "the changes were lost track of earlier";
  if (resume.incarnation !== at.incarnation) {
    return "the database is another one than the rows here came from";
  }
  const from = lsnAt(resume.frontier);
  const state = await slotState(session, slot);
  if (state === undefined) return `replication slot '${slot}' is gone`;
  if (state.lost !== undefined) return `replication slot '${slot}' is of no use: ${state.lost}`;
  if (state.confirmed > from) {
    return `replication slot '${slot}' was made anew or moved on by someone else: it lacks changes`;
  }
  const [row] = await session.rows("SELECT pg_current_wal_flush_lsn() AS lsn");
  return lsnOf(row?.["lsn"]) < from
    ? "the database is at an earlier point than the rows here: it was restored, or failed over to a standby that lagged"
    : undefined;
}

interface CdcParts extends Resuming {
  readonly context: SourceContext;
  readonly config: CdcConfig;
  readonly table: SourceTable;
  readonly slot: string;
  readonly clock: Clock;
  readonly session: Session;
}

class CdcSource implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #parts: CdcParts;
  readonly #stream: ChangeStream;
  readonly #asking: Session;
  readonly #heads: NextReading<undefined, Offset>;

  constructor(parts: CdcParts) {
    const { context, config, table, slot, clock } = parts;
    this.start = parts.start;
    this.#parts = parts;
    this.#asking = new Session(config.target, "tidemark head");
    this.#heads = new NextReading(() => this.#readHead());
    const session = new Session(config.target, "tidemark cdc", { queryMs: PEEK_MS });
    const events = new ChangeEvents(table.oid, { keyed: context.table.primaryKey.length > 0 });
    const { publication } = config;
    this.#stream = new ChangeStream({ session, slot, publication, events, clock });
  }

  committed({ incarnation, frontier }: Progress): void {
    if (incarnation === this.start.incarnation) this.#stream.confirm(lsnAt(frontier));
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    const { fault, start, gone } = this.#parts;
    if (fault !== undefined) throw new Error(afresh(fault));
    let from = lsnAt(start.frontier);
    if (equal(start.frontier, EMPTY)) {
      const first = await this.#retried(signal, () => this.#snapshot(signal));
      from = lsnAt(first.frontier);
      yield first;
    }
    const decoder = this.#parts.context.decoder({ continued: true });
    for (;;) {
      let changes: Changes;
      try {
        const after = from;
        changes = await this.#retried(signal, () => this.#stream.next(after, signal));
      } catch (error) {
        if (signal.aborted) throw error;
        yield { ...NOTHING, incarnation: gone, frontier: walFrontier(1n) };
        throw new Error(afresh(error instanceof Error ? error.message : String(error)), {
          cause: error,
        });
      }
      from = changes.end;
      const encoded = Buffer.from(changes.events.map((event) => `${event}\n`).join(""));
      const { changes: decoded, records, errors } = decoder.push(encoded);
      const frontier = walFrontier(from);
      const { incarnation } = start;
      yield { incarnation, frontier, changes: decoded, records, bytes: encoded.length, errors };
    }
  }

  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const end = await this.#heads.ask(undefined, { signal });
    return { incarnation: this.start.incarnation, frontier: walFrontier(end) };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const target = receiptOffset(text);
    const head = await this.#heads.ask(undefined, { signal });
    if (target > head) {
      throw new ReceiptError(
        "beyond-head",
        `LSN ${text} lies beyond the end of the database's log`,
      );
    }
    return { incarnation: this.start.incarnation, frontier: walFrontier(target) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
    await this.#asking[Symbol.asyncDispose]();
    await this.#parts.session[Symbol.asyncDispose]();
  }

  async #readHead(): Promise<Offset> {
    const [row] = await this.#asking.rows("SELECT pg_current_wal_insert_lsn() AS lsn");
    return endBefore(lsnOf(row?.["lsn"]));
  }

  /** A slot from a try before is of no use: its snapshot is gone. */
  async #snapshot(signal: AbortSignal): Promise<Batch> {
    const { config, slot, session, table, context, start } = this.#parts;
    await dropSlot(session, slot);
    await using made = await createSlot(config.target, slot);
    await using reading = new Session(config.target, "tidemark snapshot", {
      queryMs: SNAPSHOT_QUERY_MS,
    });
    const client = await reading.client();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query(`SET TRANSACTION SNAPSHOT '${made.snapshot.replaceAll("'", "''")}'`);
    const progress = { incarnation: start.incarnation, frontier: walFrontier(made.from) };
    const select = `SELECT * FROM ${table.sql}`;
    return await snapshotBatch(client, select, context.decoder(), { progress, signal });
  }

  /** Tries until it works; what can't be mended by trying again is thrown. */
  async #retried<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const { clock, context } = this.#parts;
    for (let pauseMs = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UnfollowableError || error instanceof ConfigError) throw error;
        if (saysSlotIsGone(error)) throw error;
        context.trouble(error instanceof Error ? error.message : String(error));
        await clock.sleep(pauseMs, { signal });
      }
    }
  }
}

const NOTHING = { changes: { rows: [] }, records: 0, bytes: 0, errors: [] };

function afresh(fault: string): string {
  return `${fault}; what changed in between can't be had any more: clear the pipeline's storage to read the table afresh`;
}
