/** Snapshots: all rows of a table or a query as of one moment, in one batch. */

import {
  type Batch,
  type Decoder,
  type Progress,
  type RecordError,
  type Row,
} from "@tidemark/connector";
import { type Client } from "pg";

import { jsonObject } from "./json-text.ts";

const FETCHED_ROWS = 10_000;
const TEXT = { getTypeParser: () => (text: string) => text };

/**
 * Reads what a statement selects through a cursor, in the transaction that the client is in. It is
 * one batch, so that a commit holds all of it or nothing: a snapshot can't be resumed.
 */
export async function snapshotBatch(
  client: Client,
  select: string,
  decoder: Decoder,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Batch> {
  const rows: Row[] = [];
  const errors: RecordError[] = [];
  let bytes = 0;
  await client.query(`DECLARE tidemark NO SCROLL CURSOR FOR ${select}`);
  for (;;) {
    signal.throwIfAborted();
    const text = `FETCH ${FETCHED_ROWS} FROM tidemark`;
    const fetched = await client.query<(string | null)[]>({ text, rowMode: "array", types: TEXT });
    if (fetched.rows.length === 0) break;
    const columns = fetched.fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
    const lines = fetched.rows.map((row) => `{"insert":${jsonObject(columns, row)}}\n`).join("");
    const encoded = Buffer.from(lines);
    bytes += encoded.length;
    const decoded = decoder.push(encoded);
    for (const row of decoded.changes.rows) rows.push(row);
    errors.push(...decoded.errors);
  }
  return { ...progress, changes: { rows }, records: rows.length, bytes, errors };
}
