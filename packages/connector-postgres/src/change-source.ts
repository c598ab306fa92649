/** Change sources: a copy of a table, and its changes from there on, from whichever server has them. */

import {
  type Batch,
  type Clock,
  ConfigError,
  type Decoder,
  type Progress,
  type Source,
  type SourceContext,
  type SourceTells,
} from "@tidemark/connector";
import { type Incarnation, type Offset, ORIGIN } from "@tidemark/core";

import { type CatalogReader } from "./catalog/reading.ts";
import { type SeenShape } from "./catalog/shape.ts";
import { type SeenBefore } from "./catalog/watch.ts";
import { type CdcConfig } from "./cdc-config.ts";
import { ChangeBatches } from "./change-batches.ts";
import { UnfollowableError } from "./change-events.ts";
import { type Changes } from "./change-stream.ts";
import { copyTable } from "./copy.ts";
import { type Line, Lines } from "./crossing.ts";
import { NOTHING } from "./decode-events.ts";
import { nextChanges } from "./follow.ts";
import { LogHeads } from "./log-heads.ts";
import { COPIED_PARTLY, IN_THE_COPY, lsnAt, lsnOf, walFrontier } from "./lsn.ts";
import { openWritersEnded } from "./open-writers.ts";
import { beyondHead, isCommitRecord, receiptOffset } from "./receipt.ts";
import { type RejectedOf } from "./rejected-event.ts";
import { type Place, type Resuming } from "./resume.ts";
import { type ServerReading, serverReading } from "./server-reading.ts";
import { snapshotAt, snapshotBatches, withSnapshot } from "./snapshot.ts";
import { type FullSpool } from "./spool.ts";
import { takenOver } from "./takeover.ts";
import { withoutSecrets } from "./target.ts";
import { OtherTimelineError } from "./timelines.ts";

const TELLS: SourceTells = {
  head: true,
  incarnationFrom:
    "the cluster's system identifier and timeline, the database, the table and the replication slot",
};

const RETRY_MS = { first: 100, longest: 10_000 };

/** What a source of changes is made with. */
export interface ChangeSourceParts {
  readonly context: SourceContext;
  readonly config: CdcConfig;
  readonly clock: Clock;
  readonly place: Place;
  readonly resuming: Resuming;
  readonly reader: CatalogReader;
  /** What the catalog said as of the rows here; absent before there are any. */
  readonly seen: SeenShape | undefined;
}

/** Reads the copy once, and then changes; goes on where a standby that has them takes over. */
export class ChangeSource implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #parts: ChangeSourceParts;
  readonly #heads: LogHeads;
  readonly #rejected: RejectedOf;
  readonly #lines: Lines;
  /** Lines that were begun: what commits hold of them is safe on the one that is read. */
  readonly #begun: Set<Incarnation>;
  /** The server that is read. */
  #place: Place;
  #reading: ServerReading;
  /** The line of what whoever reads this has taken. */
  #taken: Line;
  /** What our commits hold. */
  #safe: Offset = ORIGIN;
  /** Where the copy of the snapshot ends; 0 before there is one. */
  #snapshotEnd: bigint;
  #snapshotIsTaken = false;

  constructor(parts: ChangeSourceParts) {
    const { resuming, place, seen, reader } = parts;
    const { start, line, crossing } = resuming;
    this.start = start;
    this.#parts = parts;
    this.#place = place;
    this.#lines = new Lines(line, crossing);
    this.#taken = { ...line, incarnation: start.incarnation };
    this.#begun = new Set([start.incarnation]);
    this.#snapshotEnd = resuming.full?.end ?? snapshotAt(start.frontier);
    this.#heads = new LogHeads(place.target);
    const { schema, name } = place.table;
    this.#rejected = { shown: `the source table '${schema}.${name}'`, key: reader.subject.key };
    this.#reading = this.#readingOf({ seen, elsewhere: crossing !== undefined });
  }

  committed({ incarnation, frontier }: Progress): void {
    const safe = lsnAt(frontier);
    if (!this.#begun.has(incarnation) || safe === 0n) return;
    const { line } = this.#lines;
    if (line.incarnation === incarnation) this.#taken = line;
    this.#safe = safe;
    this.#reading.stream.confirm(safe);
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
        changes = await this.#next(from, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        yield { ...NOTHING, incarnation: gone, frontier: walFrontier(1n) };
        throw new Error(afresh(messageOf(error)), { cause: error });
      }
      for (const part of this.#lines.parts(changes, from)) {
        const { line } = part;
        this.#begun.add(line.incarnation);
        for (const { end, ...batch } of batches.of(part.changes, part.from)) {
          const frontier = withSnapshot(walFrontier(end), snapshot);
          yield { incarnation: line.incarnation, frontier, ...this.#state, ...batch };
          this.#taken = line;
        }
      }
      from = changes.end;
    }
  }

  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const end = await this.#heads.on(() => this.#taken.timeline, { signal });
    const frontier = withSnapshot(walFrontier(end), this.#snapshotEnd);
    return { incarnation: this.#taken.incarnation, frontier };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const target = receiptOffset(text);
    const exact = isCommitRecord(text);
    if (!exact) {
      const { tables } = this.#reading.watch;
      const shown = this.#place.table.name;
      const { clock } = this.#parts;
      await openWritersEnded({ session: this.#heads.session, clock, tables, shown, signal });
    }
    const head = await this.#heads.on(() => this.#taken.timeline, { signal });
    if (target > head) throw beyondHead(text);
    // A plain LSN may lie inside a transaction: the log's end covers it, now that it has ended.
    return { incarnation: this.#taken.incarnation, frontier: walFrontier(exact ? target : head) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading.stream[Symbol.asyncDispose]();
    await this.#heads[Symbol.asyncDispose]();
    await this.#place.session[Symbol.asyncDispose]();
  }

  #readingOf(before: SeenBefore): ServerReading {
    const { config, clock, context, reader } = this.#parts;
    const { publication } = config;
    const { timeline } = this.#lines.line;
    const place = this.#place;
    const reading = serverReading({
      place,
      publication,
      reader,
      clock,
      context,
      before,
      timeline,
    });
    reading.stream.confirm(this.#safe);
    return reading;
  }

  async #next(from: Offset, signal: AbortSignal): Promise<Changes> {
    const retried = <T>(stop: AbortSignal, attempt: () => Promise<T>): Promise<T> =>
      this.#retried(stop, attempt);
    return await this.#surviving(from, signal, () =>
      nextChanges({ ...this.#reading, retried }, from, signal),
    );
  }

  /** Tries with the server that answers, and again with one that takes over where it goes on from here. */
  async #surviving<T>(from: Offset, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted || !(error instanceof OtherTimelineError)) throw error;
        await this.#reading.stream[Symbol.asyncDispose]();
        await this.#retried(signal, () => this.#goOver(from));
      }
    }
  }

  /** Turns to the server that answers now; throws `UnfollowableError` where it can't be read on from here. */
  async #goOver(from: Offset): Promise<void> {
    const { context } = this.#parts;
    const over = await takenOver({ context, place: this.#place, line: this.#lines.line, from });
    this.#lines.crossAt(over.crossing);
    this.#place = over.place;
    this.#reading = this.#readingOf({ seen: this.#reading.watch.seen, elsewhere: true });
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
        await this.#surviving(end, signal, () =>
          this.#retried(signal, () => this.#reading.watch.check({ truncated: [], end }, signal)),
        );
      }
      yield { ...batch, ...this.#state };
    }
  }

  async #copied(signal: AbortSignal): Promise<FullSpool> {
    const { resuming, reader } = this.#parts;
    const { spool } = resuming;
    const place = this.#place;
    const { full, seen } = await copyTable({ place, spool, reader, signal });
    this.#reading.watch.begin(seen);
    return full;
  }

  get #state(): { readonly state?: string } {
    const { state } = this.#reading.watch;
    return state === undefined ? {} : { state };
  }

  /** Tries until it works; what can't be fixed by trying again is thrown. */
  async #retried<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const { clock, config, context } = this.#parts;
    for (let pauseMs = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (isFinal(error)) throw error;
        context.trouble(withoutSecrets(error, config.target).message);
        await clock.sleep(pauseMs, { signal });
      }
    }
  }
}

/** What the same server would answer again. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof UnfollowableError ||
    error instanceof OtherTimelineError ||
    error instanceof ConfigError
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function afresh(fault: string): string {
  return `${fault}; the changes since then are no longer available: clear the pipeline's storage to read the table again`;
}
