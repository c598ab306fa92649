/** Copies: the rows of a table as they were where its slot begins, and its definition at that moment. */

import { escapeIdentifier } from "pg";

import { type CatalogReader, onClient } from "./catalog/reading.ts";
import { encodeSeen, type SeenShape } from "./catalog/shape.ts";
import { formatLsn } from "./lsn.ts";
import { type Place } from "./resume.ts";
import { rowsAsJson } from "./rows-as-json.ts";
import { Session } from "./session.ts";
import { createSlot, dropSlot } from "./slot.ts";
import { type FullSpool, type Spool } from "./spool.ts";

/** What a copy is made of. */
export interface CopyOptions {
  readonly place: Place;
  readonly spool: Spool;
  readonly reader: CatalogReader;
  readonly signal: AbortSignal;
}

/** A copy that is whole, and what the catalog said of the table at its moment. */
export interface Copied {
  readonly full: FullSpool;
  readonly seen: SeenShape;
}

/** A statement that reads the whole table may take its time. */
const SNAPSHOT_QUERY_MS = 0;

/** Copies the table. A copy from an earlier try is of no use: its snapshot is gone. */
export async function copyTable(options: CopyOptions): Promise<Copied> {
  const { place, spool, reader, signal } = options;
  const { target, session, slot, table } = place;
  await spool.announce();
  await dropSlot(session, slot);
  await using made = await createSlot(target, slot);
  await using reading = new Session(target, "tidemark snapshot", { queryMs: SNAPSHOT_QUERY_MS });
  const client = await reading.client();
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await client.query(`SET TRANSACTION SNAPSHOT '${made.snapshot.replaceAll("'", "''")}'`);
  const seen = await reader.read(onClient(client));
  await spool.keep(encodeSeen(seen));
  const writers = [...table.columns.values()];
  const names = writers.map(({ name }) => escapeIdentifier(name)).join(", ");
  const rows = rowsAsJson(client, `SELECT ${names} FROM ${table.sql}`, { writers, signal });
  return { full: await spool.fill(formatLsn(made.from), rows), seen };
}
