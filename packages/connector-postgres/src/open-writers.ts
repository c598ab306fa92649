/** Open writers: transactions that have written to a table and not ended yet. */

import { type Clock, UnreadableError } from "@tidemark/connector";

import { type Session } from "./session.ts";

const WRITERS = `WITH l AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
SELECT DISTINCT l.virtualtransaction AS id, coalesce(l.pid::text, 'prepared') AS pid
  FROM l JOIN l x ON x.virtualtransaction = l.virtualtransaction
 WHERE x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
   AND l.locktype = 'relation' AND l.relation = ANY ($1::oid[])
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
   AND l.pid IS DISTINCT FROM pg_backend_pid()`;

/** The id of a transaction that is prepared begins so, whatever it was before. */
const PREPARED = "-1/";
const PAUSE_MS = { first: 2, longest: 100 };
const PATIENCE_MS = 3000;

/** What is asked about. */
export interface OpenWritersOptions {
  readonly session: Session;
  readonly clock: Clock;
  /** OIDs of the table and its partitions. */
  readonly tables: readonly string[];
  readonly shown: string;
  readonly signal: AbortSignal;
}

/**
 * Resolves once every transaction that had written to the table when this was called has ended: the
 * log's end then lies behind its commit. Throws `UnreadableError` where one stays open.
 */
export async function openWritersEnded(options: OpenWritersOptions): Promise<void> {
  const { session, clock, tables, shown, signal } = options;
  const started = clock.monotonicMs();
  let waitedFor: ReadonlySet<string> | undefined;
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
    const rows = await session.rows(WRITERS, [tables], { name: "tidemark_writers" });
    const open = new Map(rows.map((row) => [String(row["id"]), String(row["pid"])]));
    const all = (waitedFor ??= new Set(open.keys()));
    const left = [...open].find(([id]) => all.has(id) || id.startsWith(PREPARED));
    if (left === undefined) return;
    if (clock.monotonicMs() - started > PATIENCE_MS) {
      throw new UnreadableError(
        `process ${left[1]} has written to ${shown} and not ended its transaction, and the LSN may lie inside of it: ` +
          "take the receipt after the COMMIT and ask again once the transaction has ended, or give commit:LSN, the place of the commit record",
      );
    }
    await clock.sleep(pauseMs, { signal });
  }
}
