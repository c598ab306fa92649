/** Proofs: that a partition brought no rows when it was attached, and lost none when it got another file. */

import { escapeIdentifier } from "pg";

import { codeOf, type Session } from "../session.ts";
import { type Child } from "./shape.ts";

/**
 * Whether no row of a partition is from before it was attached, so that the log has all of them.
 * In the very transaction that attached it, commands are counted.
 */
export async function cameEmpty(
  session: Session,
  root: string,
  { oid, attached }: Child,
): Promise<boolean> {
  const found = await anyRow(session, root, oid, {
    where: `age(c.xmin) > (SELECT min(age(x::xid)) FROM unnest($2::text[]) x)
      OR age(c.xmin) = (SELECT min(age(x::xid)) FROM unnest($2::text[]) x)
        AND NOT (cardinality($2::text[]) = 1 AND c.xmax = 0 AND c.cmin::text::bigint >
          (SELECT i.cmin::text::bigint FROM pg_inherits i WHERE i.inhrelid = $1::oid))`,
    values: [attached],
  });
  return found === false;
}

/**
 * Whether a row of a partition is from before the horizon: then the partition was not truncated and
 * its rows were not rewritten since. VACUUM FULL and CLUSTER keep the transactions of rows.
 */
export async function keptRows(
  session: Session,
  root: string,
  { oid }: Child,
  horizon: string,
): Promise<boolean> {
  const where = "age(c.xmin) > age($2::xid8::xid)";
  return (await anyRow(session, root, oid, { where, values: [horizon] })) === true;
}

/** Whether there is such a row `c`; undefined where it may not be read. */
async function anyRow(
  session: Session,
  root: string,
  oid: string,
  { where, values }: { readonly where: string; readonly values: readonly unknown[] },
): Promise<boolean | undefined> {
  const [row] = await session.rows(
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
    [oid],
  );
  if (row === undefined) return undefined;
  const partition = `${escapeIdentifier(String(row["nspname"]))}.${escapeIdentifier(String(row["relname"]))}`;
  for (const from of [partition, root]) {
    try {
      const [found] = await session.rows(
        `SELECT EXISTS (SELECT FROM ${from} c WHERE c.tableoid = $1::oid AND (${where})) AS found`,
        [oid, ...values],
      );
      return found?.["found"] === "t";
    } catch (error) {
      if (codeOf(error) !== NOT_PERMITTED) throw error;
    }
  }
  return undefined;
}

const NOT_PERMITTED = "42501";
