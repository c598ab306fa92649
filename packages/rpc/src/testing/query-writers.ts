/** Query writers for tests: short, and no two alike. */

import { type QueryResult } from "@tidemark/service";

import { type QueryWriters } from "../rpc-options.ts";

/** Writes rows so that a test sees what they were. */
export const QUERY_WRITERS: QueryWriters = {
  jsonRow: (columns) => (row) => JSON.stringify([columns.length, ...row.map(String)]),
  arrow_ipc: bytes("arrow"),
  parquet: bytes("parquet"),
  async *hash({ rows }) {
    for await (const batch of rows) yield `hash of ${batch.join()}`;
  },
};

function bytes(name: string): (result: QueryResult) => AsyncIterable<Uint8Array> {
  return async function* write({ rows }) {
    yield Buffer.from(`${name}:`);
    for await (const batch of rows) yield Buffer.from(batch.join());
  };
}
