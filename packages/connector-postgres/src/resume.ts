/** Resuming: where a source of changes goes on, and why it can't, where it can't. */

import { incarnationOf, type Progress, type SourceContext } from "@tidemark/connector";
import { EMPTY, type Incarnation, type Offset } from "@tidemark/core";

import { UnfollowableError } from "./change-events.ts";
import { type Cluster, timelineOf } from "./cluster.ts";
import { type Crossing, type Line, newTimeline, switchOf } from "./crossing.ts";
import { lsnAt, lsnOf, parseLsn, walFrontier } from "./lsn.ts";
import { type Session } from "./session.ts";
import { slotState } from "./slot.ts";
import { snapshotAt } from "./snapshot.ts";
import { type SourceTable } from "./source-table.ts";
import { type FullSpool, Spool } from "./spool.ts";
import { invalid, type Target } from "./target.ts";
import { OtherTimelineError } from "./timelines.ts";

/** Where the source starts, and why it can't go on, where it can't. */
export interface Resuming {
  readonly start: Progress;
  /** The line that it starts on. */
  readonly line: Line;
  /** Where that is left for the line of a server that has taken over. */
  readonly crossing: Crossing | undefined;
  /** The incarnation that ends the changes for good, so that what was not taken by then is lost. */
  readonly gone: Incarnation;
  readonly fault: string | undefined;
  readonly spool: Spool;
  /** The copy of the snapshot that is being given; undefined before it is whole, and after the snapshot. */
  readonly full: FullSpool | undefined;
}

/** What a source is about. */
export interface Place {
  readonly target: Target;
  readonly cluster: Cluster;
  readonly table: SourceTable;
  readonly slot: string;
  /** We gave it its name, which nobody else would. */
  readonly slotIsOurs: boolean;
  readonly session: Session;
}

/** Looks at the slot, the log and the copy of the snapshot. */
export async function resumeOf(context: SourceContext, place: Place): Promise<Resuming> {
  const { life, resume, endpoint, directory } = context;
  const now = lineOf(context, place, place.cluster.timeline);
  const gone = incarnationOf(life, "gone", endpoint);
  const spool = new Spool(directory, now.incarnation);
  const full = await spool.find();
  const begun = { line: now, crossing: undefined, gone, spool, full };
  const faulty = (fault: string): Resuming => ({
    ...begun,
    start: { incarnation: gone, frontier: walFrontier(1n) },
    fault,
  });
  const start = resume ?? { incarnation: now.incarnation, frontier: EMPTY };
  if (start.incarnation === gone) return faulty("the changes were lost track of earlier");
  const line = lineBy(context, place, start.incarnation);
  if (line === undefined) {
    return faulty(
      "the database, the table or the slot is another one than the rows here came from",
    );
  }
  const from = lsnAt(start.frontier);
  if (line.timeline !== now.timeline) {
    const crossing = await crossingOf({ place, line, now, from });
    if (typeof crossing === "string") return faulty(crossing);
    return { ...begun, start, line, crossing, fault: undefined };
  }
  const fault = await placeFault({ start, full, place });
  if (fault !== undefined) return faulty(fault);
  if (from === 0n && full === undefined) await refuseForeignSlot(place, spool);
  return { ...begun, start, fault };
}

interface CrossingOptions {
  readonly place: Place;
  readonly line: Line;
  readonly now: Line;
  readonly from: Offset;
}

/** Where what was read on an earlier timeline goes on, or why it can't. */
async function crossingOf({
  place,
  line: { timeline },
  now: to,
  from,
}: CrossingOptions): Promise<Crossing | string> {
  const { target, cluster } = place;
  const why = newTimeline(timeline, to.timeline);
  // The copy that was being read holds rows of a moment that nothing is known of here.
  if (from === 0n) return why;
  try {
    const at = await switchOf({ target, cluster, timeline, from });
    const fault = await slotFault(from, place);
    return fault === undefined ? { at, to } : `${why}; ${fault}`;
  } catch (error) {
    if (error instanceof UnfollowableError) return error.message;
    throw error;
  }
}

interface PlaceFaultOptions {
  readonly start: Progress;
  readonly full: FullSpool | undefined;
  readonly place: Place;
}

/** Why it can't go on from where it was on the timeline of now. */
async function placeFault({
  start: { frontier },
  full,
  place,
}: PlaceFaultOptions): Promise<string | undefined> {
  const from = lsnAt(frontier);
  if (from > 0n) return slotFault(from, place);
  if (full !== undefined) return slotFault(parseLsn(full.note) ?? from, place);
  return snapshotAt(frontier) > 0n
    ? "the copy of the table that was being read is gone"
    : undefined;
}

/** A slot that is there before it was made here is somebody else's, for all that is known. */
async function refuseForeignSlot(
  { session, slot, slotIsOurs }: Place,
  spool: Spool,
): Promise<void> {
  if (slotIsOurs || (await spool.wasAnnounced())) return;
  if ((await slotState(session, slot)) === undefined) return;
  throw invalid(
    "slot",
    `names '${slot}', which is there already, and may be read by others; SELECT pg_drop_replication_slot('${slot}') if it isn't, or leave 'slot' out`,
  );
}

/** The number line of the changes of a table through a slot, on one timeline. */
export function lineOf({ life, endpoint }: SourceContext, place: Place, timeline: number): Line {
  const { systemIdentifier, databaseOid } = place.cluster;
  const parts = [endpoint, systemIdentifier, databaseOid, place.table.oid, place.slot, timeline];
  return { timeline, incarnation: incarnationOf(life, "postgres", ...parts) };
}

/** The line of an incarnation, on the timeline of now or an earlier one. */
function lineBy(context: SourceContext, place: Place, sought: Incarnation): Line | undefined {
  for (let { timeline } = place.cluster; timeline > 0; timeline -= 1) {
    const line = lineOf(context, place, timeline);
    if (line.incarnation === sought) return line;
  }
  return undefined;
}

/** Why not all changes from there on can be given; throws `OtherTimelineError`. */
export async function slotFault(
  from: Offset,
  { session, slot, cluster }: Pick<Place, "session" | "slot" | "cluster">,
): Promise<string | undefined> {
  const [row] = await session.rows(
    `SELECT pg_is_in_recovery() AS standby,
            CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END AS flushed,
            CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_insert_lsn()) END AS segment`,
  );
  if (row?.["standby"] === "t") throw new Error("the server is a standby, which gives no changes");
  const timeline = timelineOf(row?.["segment"]);
  if (timeline !== cluster.timeline) throw new OtherTimelineError(cluster.timeline, timeline);
  const state = await slotState(session, slot);
  if (state === undefined) return `replication slot '${slot}' is gone`;
  if (state.lost !== undefined) return `replication slot '${slot}' is of no use: ${state.lost}`;
  if (state.confirmed > from) {
    return `replication slot '${slot}' was made anew or moved on by someone else: it lacks changes`;
  }
  return lsnOf(row?.["flushed"]) < from ? EARLIER : undefined;
}

/** Why a log that ends too early can't be followed. */
const EARLIER =
  "the database is at an earlier point than the rows here: it was restored, or failed over to a standby that lagged";
