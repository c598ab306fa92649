/** Resuming: where a source of changes goes on, and why it can't, where it can't. */

import { incarnationOf, type Progress, type SourceContext } from "@tidemark/connector";
import { EMPTY, type Incarnation, type Offset } from "@tidemark/core";

import { newTimeline } from "./change-stream.ts";
import { type Cluster } from "./cluster.ts";
import { lsnAt, lsnOf, parseLsn, walFrontier } from "./lsn.ts";
import { type Session } from "./session.ts";
import { slotState } from "./slot.ts";
import { snapshotAt } from "./snapshot.ts";
import { type SourceTable } from "./source-table.ts";
import { type FullSpool, Spool } from "./spool.ts";
import { invalid } from "./target.ts";

/** Where the source starts, and why it can't go on, where it can't. */
export interface Resuming {
  readonly start: Progress;
  /** The incarnation that ends the changes for good, so that what was not taken by then is lost. */
  readonly gone: Incarnation;
  readonly fault: string | undefined;
  readonly spool: Spool;
  /** The copy of the snapshot that is being given; undefined before it is whole, and after the snapshot. */
  readonly full: FullSpool | undefined;
}

/** What a source is about. */
export interface Place {
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
  const incarnation = lineOf(context, place, place.cluster.timeline);
  const gone = incarnationOf(life, "gone", endpoint);
  const spool = new Spool(directory, incarnation);
  const full = await spool.find();
  const start = resume ?? { incarnation, frontier: EMPTY };
  const after = (fault: string | undefined): Resuming =>
    fault === undefined
      ? { start, gone, fault, spool, full }
      : { start: { incarnation: gone, frontier: walFrontier(1n) }, gone, fault, spool, full };
  const line = lineFault(context, place, { incarnation, gone });
  if (line !== undefined) return after(line);
  const from = lsnAt(start.frontier);
  const taken = snapshotAt(start.frontier);
  if (from > 0n) return after(await slotFault(from, place));
  if (full !== undefined) return after(await slotFault(parseLsn(full.note) ?? from, place));
  if (taken > 0n) return after("the copy of the table that was being read is gone");
  await refuseForeignSlot(place, spool);
  return after(undefined);
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
function lineOf({ life, endpoint }: SourceContext, place: Place, timeline: number): Incarnation {
  const { systemIdentifier, databaseOid } = place.cluster;
  const parts = [endpoint, systemIdentifier, databaseOid, place.table.oid, place.slot, timeline];
  return incarnationOf(life, "postgres", ...parts);
}

/** Why the changes here are of another number line; a first start is of none. */
function lineFault(
  context: SourceContext,
  place: Place,
  known: { readonly incarnation: Incarnation; readonly gone: Incarnation },
): string | undefined {
  const { resume } = context;
  if (resume === undefined || resume.incarnation === known.incarnation) return undefined;
  if (resume.incarnation === known.gone) return "the changes were lost track of earlier";
  const { timeline } = place.cluster;
  for (let before = 1; before < timeline; before += 1) {
    if (lineOf(context, place, before) === resume.incarnation) return newTimeline(before, timeline);
  }
  return "the database, the table or the slot is another one than the rows here came from";
}

/** Why not all changes from there on can be had. */
export async function slotFault(
  from: Offset,
  { session, slot }: Pick<Place, "session" | "slot">,
): Promise<string | undefined> {
  const [row] = await session.rows(
    `SELECT pg_is_in_recovery() AS standby,
            CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END AS flushed`,
  );
  if (row?.["standby"] === "t") throw new Error("the server is a standby, which gives no changes");
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
