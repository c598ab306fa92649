/** Query formats: what the rows of an answer are written as, and how each is sent. */

import { type QueryResult } from "./service-answers.ts";

/** All formats, the default first. */
export const QUERY_FORMATS = ["text", "json", "parquet", "arrow_ipc", "hash"] as const;

/** The name of a format. */
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** Turns rows into the pieces of a body, which are pulled as they can be sent. */
export type QueryRenderers = {
  readonly [format in QueryFormat]: (result: QueryResult) => AsyncIterable<string | Uint8Array>;
};

/** The media type of each format; known clients compare it as a whole, so there is no charset. */
export const MEDIA_TYPES: Readonly<Record<QueryFormat, string>> = {
  text: "text/plain",
  json: "application/json",
  parquet: "application/octet-stream",
  arrow_ipc: "application/octet-stream",
  hash: "text/plain",
};
