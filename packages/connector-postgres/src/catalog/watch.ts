/** Catalog watches: hold back what came of a table until its definition is known to be the same. */

import { type Clock } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { UnfollowableError } from "../change-events.ts";
import { endBefore, lsnOf } from "../lsn.ts";
import { Session } from "../session.ts";
import { type SourceTable } from "../source-table.ts";
import { type Target } from "../target.ts";
import { OtherTimelineError } from "../timelines.ts";
import { difference } from "./difference.ts";
import { inFlight } from "./in-flight.ts";
import { cameEmpty, keptRows } from "./proof.ts";
import { type CatalogReader, onSession } from "./reading.ts";
import { encodeSeen, type SeenShape } from "./shape.ts";

/** What a watch is made with. */
export interface CatalogWatchOptions {
  readonly target: Target;
  readonly source: SourceTable;
  readonly publication: string;
  readonly reader: CatalogReader;
  readonly session: Session;
  /** The one whose changes are vouched for. */
  readonly timeline: number;
  readonly clock: Clock;
  /** Says what is waited for; undefined once that is over. */
  readonly trouble: (why: string | undefined) => void;
}

/** What was known before. */
export interface SeenBefore {
  /** Absent before there are rows. */
  readonly seen: SeenShape | undefined;
  /**
   * It was seen on an earlier timeline, which may have given numbers to transactions beyond the switch
   * that the present one gives to others.
   */
  readonly elsewhere: boolean;
}

/** What was received and is not given yet. */
export interface CheckOptions {
  /** Transactions in it that truncated the table. */
  readonly truncated: readonly string[];
  readonly end: Offset;
}

/** How often a transaction that changes the table is looked for again. */
const WAIT_MS = { first: 2, said: 200, longest: 500 };
/** A partition is read until the first row that proves something. */
const PROOF_QUERY_MS = 0;

/** Knows the table's definition as of what was given last. */
export class CatalogWatch {
  readonly #options: CatalogWatchOptions;
  #seen: SeenShape | undefined;
  /** Transactions that truncated the table since. */
  readonly #truncated = new Set<string>();
  /** Where the log ended when something unexplained was seen first. */
  #awaited: Offset | undefined;
  /** The horizon of what was seen says nothing of the transactions here. */
  #isElsewhere: boolean;

  constructor(options: CatalogWatchOptions, { seen, elsewhere }: SeenBefore) {
    this.#options = options;
    this.#seen = seen;
    this.#isElsewhere = elsewhere;
  }

  /** What a watch of the server that takes over begins with. */
  get seen(): SeenShape | undefined {
    return this.#seen;
  }

  /** What a commit keeps of it. */
  get state(): string | undefined {
    return this.#seen && encodeSeen(this.#seen);
  }

  /** OIDs of the table and its partitions. */
  get tables(): readonly string[] {
    const below = this.#seen?.shape.below ?? [];
    return [String(this.#options.source.oid), ...below.map(({ oid }) => oid)];
  }

  /** Begins with what was read along with the table's rows. */
  begin(seen: SeenShape): void {
    this.#seen = seen;
  }

  /**
   * Whether what was received before the call may be given: the definition is the same as before, or
   * another under which no row came or went but by changes in the log. The catalog is read later
   * than what was received, so never too early. `false` asks to receive more first, as a truncate
   * that explains what the catalog shows may be on its way. Throws `UnfollowableError`, and
   * `OtherTimelineError` where the catalog is not that of the server that gave the changes.
   */
  async check({ truncated, end }: CheckOptions, signal: AbortSignal): Promise<boolean> {
    const { reader, session, timeline } = this.#options;
    for (const transaction of truncated) this.#truncated.add(transaction);
    await this.#settled(signal);
    const now = await reader.read(onSession(session));
    if (now.timeline !== timeline) throw new OtherTimelineError(timeline, now.timeline);
    const before = this.#seen;
    if (before !== undefined && now.text !== before.text) {
      const unexplained = await this.#require(before, now);
      if (unexplained !== undefined) {
        this.#awaited ??= await this.#endOfLog();
        if (end < this.#awaited) return false;
        throw new UnfollowableError(unexplained);
      }
    }
    this.#seen = now;
    this.#isElsewhere = false;
    this.#awaited = undefined;
    this.#truncated.clear();
    return true;
  }

  async #endOfLog(): Promise<Offset> {
    const [row] = await this.#options.session.rows("SELECT pg_current_wal_flush_lsn() AS lsn");
    return endBefore(lsnOf(row?.["lsn"]));
  }

  /** Waits while a transaction that may have changed the table can't be seen yet. */
  async #settled(signal: AbortSignal): Promise<void> {
    const { session, source, clock, trouble } = this.#options;
    const shape = this.#seen?.shape;
    const { tables } = this;
    const publication = shape?.publication?.oid ?? "0";
    let said = false;
    for (let pauseMs = WAIT_MS.first; ; pauseMs = Math.min(pauseMs * 2, WAIT_MS.longest)) {
      const other = await inFlight(session, tables, publication);
      if (other === undefined) break;
      if (!said && pauseMs >= WAIT_MS.said) {
        said = true;
        trouble(
          `${other} locks '${source.schema}.${source.name}', as for a change of its definition`,
        );
      }
      await clock.sleep(pauseMs, { signal });
    }
    if (said) trouble(undefined);
  }

  /** Throws for what can't be followed; answers what only a truncate in the log can explain. */
  async #require(before: SeenShape, now: SeenShape): Promise<string | undefined> {
    const { faults, attached, rewritten } = difference(
      before.shape,
      now.shape,
      this.#options.reader.subject.key,
    );
    if (faults[0] !== undefined) throw new UnfollowableError(this.#named(faults[0]));
    const suspects = rewritten.filter(({ changed }) => !this.#truncated.has(changed));
    if (attached.length === 0 && suspects.length === 0) return undefined;
    const { target, source } = this.#options;
    await using session = new Session(target, "tidemark catalog", { queryMs: PROOF_QUERY_MS });
    const of = `of the source table '${source.schema}.${source.name}'`;
    for (const child of attached) {
      if (await cameEmpty(session, source.sql, child)) continue;
      throw new UnfollowableError(
        `the partition '${child.name}' ${of} was attached with rows, which are no changes in the log: attach it empty and INSERT them`,
      );
    }
    for (const child of suspects) {
      const { horizon } = before;
      if (!this.#isElsewhere && (await keptRows(session, source.sql, child, horizon))) continue;
      return `the partition '${child.name}' ${of} was truncated or rewritten, which is no change in the log: DELETE its rows instead`;
    }
    return undefined;
  }

  #named(fault: string): string {
    const { schema, name } = this.#options.source;
    const { publication } = this.#options;
    return fault
      .replace("the publication", `the publication '${publication}'`)
      .replace(/the source table(?! ')/u, `the source table '${schema}.${name}'`);
  }
}
