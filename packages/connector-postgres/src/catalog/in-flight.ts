/** Definitions in flight: transactions that may be changing a table right now. */

import { type Session } from "../session.ts";

/**
 * A commit is in the log before others can see it: in between, the catalog shows what was before it,
 * while its changes have come already. It holds its locks until it can be seen. Modes from SHARE
 * UPDATE EXCLUSIVE on are those that definitions are changed under; VACUUM has no transaction id.
 */
const IN_FLIGHT = `WITH l AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
SELECT l.pid FROM l JOIN l x ON x.virtualtransaction = l.virtualtransaction
 WHERE x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
   AND l.pid IS DISTINCT FROM pg_backend_pid()
   AND (l.locktype = 'relation' AND l.relation = ANY ($1::oid[])
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
     OR l.locktype = 'object' AND l.classid = 'pg_publication'::regclass AND l.objid = $2::oid
        AND l.mode <> 'AccessShareLock')
UNION ALL
SELECT NULL FROM pg_publication
 WHERE oid = $2::oid AND xmax::text IN (
   SELECT (x::text::numeric % 4294967296)::text FROM pg_snapshot_xip(pg_current_snapshot()) x)
LIMIT 1`;

/** A transaction that may be changing one of these tables, or the publication; undefined where there is none. */
export async function inFlight(
  session: Session,
  tables: readonly string[],
  publication: string,
): Promise<string | undefined> {
  const [row] = await session.rows(IN_FLIGHT, [tables, publication], {
    name: "tidemark_in_flight",
  });
  if (row === undefined) return undefined;
  const { pid } = row;
  return typeof pid === "string" ? `the transaction of process ${pid}` : "a transaction";
}
