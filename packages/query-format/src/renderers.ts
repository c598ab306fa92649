/** Renderers: every format that queries are answered in. */

import { type QueryResult } from "@tidemark/connector";

import { jsonLines } from "./json-lines.ts";
import { parquetFile } from "./parquet-file.ts";
import { resultHash } from "./result-hash.ts";
import { textTable } from "./text-table.ts";

/** Turns an answer into the pieces of its body. Pulling a piece reads no more rows than it needs. */
export type QueryRenderer<Piece> = (result: QueryResult) => AsyncIterable<Piece>;

/** All formats by name. */
export interface QueryRenderers {
  readonly text: QueryRenderer<string>;
  readonly json: QueryRenderer<string>;
  readonly hash: QueryRenderer<string>;
  readonly parquet: QueryRenderer<Uint8Array>;
  readonly arrow_ipc: QueryRenderer<Uint8Array>;
}

/** All formats. */
export const QUERY_RENDERERS: QueryRenderers = {
  text: textTable,
  json: jsonLines,
  hash: resultHash,
  parquet: parquetFile,
  arrow_ipc: arrowWhenAsked,
};

/** The library of Arrow is loaded for the first answer in it: that is a tenth of the time until a server serves. */
async function* arrowWhenAsked(result: QueryResult): AsyncGenerator<Uint8Array> {
  const { arrowStream } = await import("./arrow-stream.ts");
  yield* arrowStream(result);
}
