/** `postgres_cdc_input`: a table's rows as of one moment, then every change of it, each exactly once. */

import {
  type Batch,
  type Clock,
  ConfigError,
  type Decoder,
  NextReading,
  type Progress,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { requirementFaults } from "./catalog/difference.ts";
import { CatalogReader, onSession } from "./catalog/reading.ts";
import { decodeSeen, type SeenShape } from "./catalog/shape.ts";
import { CatalogWatch } from "./catalog/watch.ts";
import { type CdcConfig, cdcConfig } from "./cdc-config.ts";
import { ChangeBatches } from "./change-batches.ts";
import { ChangeEvents, UnfollowableError } from "./change-events.ts";
import { type Changes, ChangeStream } from "./change-stream.ts";
import { clusterOf } from "./cluster.ts";
import { copyTable } from "./copy.ts";
import { NOTHING } from "./decode-events.ts";
import { type Followed, nextChanges } from "./follow.ts";
import { COPIED_PARTLY, endBefore, IN_THE_COPY, lsnAt, lsnOf, walFrontier } from "./lsn.ts";
import { openWritersEnded, type OpenWritersOptions } from "./open-writers.ts";
import { beyondHead, isCommitRecord, receiptOffset } from "./receipt.ts";
import { type RejectedOf } from "./rejected-event.ts";
import { type Place, type Resuming, resumeOf, slotFault } from "./resume.ts";
import { asConfigError, Session } from "./session.ts";
import { snapshotAt, snapshotBatches, withSnapshot } from "./snapshot.ts";
import { sourceTable } from "./source-table.ts";
import { type FullSpool } from "./spool.ts";
import { invalid, withoutSecrets } from "./target.ts";

const TELLS: SourceTells = {
  head: true,
  incarnationFrom:
    "the cluster's system identifier and timeline, the database, the table and the replication slot",
};

const RETRY_MS = { first: 100, longest: 10_000 };

/** Sources of the changes of a table; the clock sets the pace of idle readings and of retries. */
export function postgresCdcInput(clock: Clock): SourceFactory {
  return {
    transport: "postgres_cdc_input",
    onReject: "stop",
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
    const place = { cluster, table, slot, slotIsOurs: config.slot === undefined, session };
    const columns = [...table.columns.keys()];
    const key = context.table.primaryKey.flatMap((at) => columns[at] ?? []);
    const { publication } = config;
    const reader = new CatalogReader({ oid: table.oid, publication, columns, key });
    await requireFollowable(reader, session);
    const resuming = await resumeOf(context, place);
    const seen = decodeSeen(resuming.start.state ?? (await resuming.spool.kept()));
    opening.move();
    return new CdcSource({ context, config, clock, place, resuming, reader, seen });
  } catch (error) {
    throw asConfigError(error, config.target);
  }
}

/** Throws `ConfigError` where changes of the table, or of a partition, do not tell everything. */
async function requireFollowable(reader: CatalogReader, session: Session): Promise<void> {
  const { shape } = await reader.read(onSession(session));
  const [fault] = requirementFaults(shape, reader.subject.key);
  if (fault !== undefined) {
    throw invalid("source_table", `names a table that can't be followed: ${fault}`);
  }
}

interface CdcParts {
  readonly context: SourceContext;
  readonly config: CdcConfig;
  readonly clock: Clock;
  readonly place: Place;
  readonly resuming: Resuming;
  readonly reader: CatalogReader;
  /** What the catalog said as of the rows here; absent before there are any. */
  readonly seen: SeenShape | undefined;
}

class CdcSource implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #parts: CdcParts;
  readonly #stream: ChangeStream;
  readonly #watch: CatalogWatch;
  readonly #asking: Session;
  readonly #heads: NextReading<undefined, Offset>;
  readonly #rejected: RejectedOf;
  /** Where the copy of the snapshot ends; 0 before there is one. */
  #snapshotEnd: bigint;
  #snapshotIsTaken = false;

  constructor(parts: CdcParts) {
    const { context, config, clock, place } = parts;
    const { target, publication } = config;
    this.start = parts.resuming.start;
    this.#parts = parts;
    this.#snapshotEnd = parts.resuming.full?.end ?? snapshotAt(this.start.frontier);
    this.#asking = new Session(target, "tidemark head");
    this.#heads = new NextReading(() => this.#readHead());
    const { reader, seen } = parts;
    const { session, table: source } = place;
    const { key } = reader.subject;
    const events = new ChangeEvents({ source: place.table, key });
    const { schema, name } = place.table;
    this.#rejected = { shown: `the source table '${schema}.${name}'`, key };
    const trouble = (why: string | undefined): void => context.trouble(why);
    const around = { target, source, publication, reader, session, clock, trouble };
    this.#watch = new CatalogWatch(around, seen);
    const { cluster, slot } = place;
    const check = async (from: Offset): Promise<void> => {
      const fault = await slotFault(from, place);
      if (fault !== undefined) throw new UnfollowableError(fault);
    };
    this.#stream = new ChangeStream({ target, cluster, slot, publication, events, check, clock });
  }

  committed({ incarnation, frontier }: Progress): void {
    const safe = lsnAt(frontier);
    if (incarnation !== this.start.incarnation || safe === 0n) return;
    this.#stream.confirm(safe);
    if (this.#snapshotIsTaken) return;
    this.#snapshotIsTaken = true;
    // What is left of it is removed at the next start.
    this.#parts.resuming.spool.remove().catch(() => undefined);
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    const { fault, gone } = this.#parts.resuming;
    if (fault !== undefined) throw new Error(afresh(fault));
    let last: Progress = this.start;
    if (lsnAt(last.frontier) === 0n) {
      for await (const batch of this.#snapshot(signal)) {
        yield batch;
        last = batch;
      }
    }
    const batches = this.#changeBatches();
    const snapshot = snapshotAt(last.frontier);
    for (let from = lsnAt(last.frontier); ;) {
      let changes: Changes;
      try {
        changes = await nextChanges(this.#followed, from, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        yield { ...NOTHING, incarnation: gone, frontier: walFrontier(1n) };
        throw new Error(afresh(messageOf(error)), { cause: error });
      }
      const { incarnation } = this.start;
      for (const { end, ...batch } of batches.of(changes, from)) {
        yield {
          incarnation,
          frontier: withSnapshot(walFrontier(end), snapshot),
          ...this.#state,
          ...batch,
        };
      }
      from = changes.end;
    }
  }

  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const end = await this.#heads.ask(undefined, { signal });
    const frontier = withSnapshot(walFrontier(end), this.#snapshotEnd);
    return { incarnation: this.start.incarnation, frontier };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const target = receiptOffset(text);
    const exact = isCommitRecord(text);
    if (!exact) await openWritersEnded({ ...this.#writers, signal });
    const head = await this.#heads.ask(undefined, { signal });
    if (target > head) throw beyondHead(text);
    // A plain LSN may lie inside a transaction: the log's end covers it, now that it has ended.
    return { incarnation: this.start.incarnation, frontier: walFrontier(exact ? target : head) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
    await this.#asking[Symbol.asyncDispose]();
    await this.#parts.place.session[Symbol.asyncDispose]();
  }

  async #readHead(): Promise<Offset> {
    const [row] = await this.#asking.rows("SELECT pg_current_wal_insert_lsn() AS lsn");
    return endBefore(lsnOf(row?.["lsn"]));
  }

  #changeBatches(): ChangeBatches {
    const { context } = this.#parts;
    const open = (): Decoder => context.decoder({ continued: true });
    return new ChangeBatches({ ...this.#rejected, open, onReject: context.onReject });
  }

  async *#snapshot(signal: AbortSignal): AsyncGenerator<Batch> {
    const { context, resuming } = this.#parts;
    const { spool } = resuming;
    const full = resuming.full ?? (await this.#retried(signal, () => this.#copied(signal)));
    this.#snapshotEnd = full.end;
    const begun = snapshotAt(this.start.frontier) > 0n;
    const batches = snapshotBatches({
      spool,
      full,
      open: () => context.decoder({ continued: begun }),
      onReject: context.onReject,
      rejected: this.#rejected,
      rejectedAt: IN_THE_COPY,
      from: this.start,
      begun: COPIED_PARTLY,
      whole: walFrontier(lsnOf(full.note)),
      signal,
    });
    for await (const batch of batches) {
      const end = lsnAt(batch.frontier);
      // Some definitions change what a snapshot shows after it was taken.
      if (end >= lsnOf(full.note)) {
        await this.#retried(signal, () => this.#watch.check({ truncated: [], end }, signal));
      }
      yield { ...batch, ...this.#state };
    }
  }

  async #copied(signal: AbortSignal): Promise<FullSpool> {
    const { config, place, resuming, reader } = this.#parts;
    const { target } = config;
    const { spool } = resuming;
    const { full, seen } = await copyTable({ target, place, spool, reader, signal });
    this.#watch.begin(seen);
    return full;
  }

  get #state(): { readonly state?: string } {
    const { state } = this.#watch;
    return state === undefined ? {} : { state };
  }

  get #writers(): Omit<OpenWritersOptions, "signal"> {
    const { clock, place } = this.#parts;
    const { tables } = this.#watch;
    return { session: this.#asking, clock, tables, shown: place.table.name };
  }

  get #followed(): Followed {
    const retried: Followed["retried"] = (signal, attempt) => this.#retried(signal, attempt);
    return { stream: this.#stream, watch: this.#watch, retried };
  }

  /** Tries until it works; what can't be mended by trying again is thrown. */
  async #retried<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const { clock, config, context } = this.#parts;
    for (let pauseMs = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UnfollowableError || error instanceof ConfigError) throw error;
        context.trouble(withoutSecrets(error, config.target).message);
        await clock.sleep(pauseMs, { signal });
      }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function afresh(fault: string): string {
  return `${fault}; the changes since then are no longer available: clear the pipeline's storage to read the table again`;
}
