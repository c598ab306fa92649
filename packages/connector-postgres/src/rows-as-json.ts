/** Rows as JSON: what a statement selects, read through a cursor in parts of bounded size. */

import { type Client } from "pg";

import { jsonObject, type NamedWriter } from "./json-text.ts";

const TEXT = { getTypeParser: () => (text: string) => text };

/** A part has about so many bytes, once it is known how wide the rows are. */
const PART_BYTES = 2_000_000;
const FIRST_ROWS = 100;
const MOST_ROWS = 10_000;

/** Events that insert the rows, each a line, in the transaction that the client is in. */
export async function* rowsAsJson(
  client: Client,
  select: string,
  {
    writers,
    signal,
  }: {
    /** Of the columns that the statement selects, in their order. */
    readonly writers: readonly (NamedWriter | undefined)[];
    readonly signal: AbortSignal;
  },
): AsyncGenerator<Buffer> {
  await client.query(`DECLARE tidemark NO SCROLL CURSOR FOR ${select}`);
  for (let rows = FIRST_ROWS; ;) {
    signal.throwIfAborted();
    const text = `FETCH ${rows} FROM tidemark`;
    const fetched = await client.query<(string | null)[]>({ text, rowMode: "array", types: TEXT });
    if (fetched.rows.length === 0) return;
    const lines = fetched.rows.map((row) => `{"insert":${jsonObject(writers, row)}}\n`).join("");
    const bytes = Buffer.from(lines);
    yield bytes;
    const fitting = Math.floor((PART_BYTES * fetched.rows.length) / bytes.length);
    rows = Math.max(1, Math.min(fitting, MOST_ROWS, rows * 10));
  }
}
