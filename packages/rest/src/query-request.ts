/** Query requests over a websocket: one message of JSON says what is asked. */

import { invalidParam } from "@tidemark/service";
import { z } from "zod";

import { QUERY_FORMATS, type QueryFormat } from "./query-formats.ts";
import { TEXT } from "./schemas/sent-values.ts";

const FORMATS = QUERY_FORMATS.map((format) => `'${format}'`).join(", ");

const REQUEST = z.object({
  sql: TEXT.default(""),
  format: z.enum(QUERY_FORMATS, { error: `must be one of ${FORMATS}` }).default("text"),
  after: z
    .union([z.string().transform((token) => [token]), z.array(z.string())])
    .default([])
    .readonly(),
  timeout: z.int().min(0).optional(),
});

/** What a message asks. */
export interface SocketRequest {
  readonly sql: string;
  readonly format: QueryFormat;
  /** Tokens that are waited for, in the message one or a list. */
  readonly after: readonly string[];
  /** How many seconds they are waited for. */
  readonly timeout?: number | undefined;
}

/** Reads a message; throws `InvalidParam` for what is no request. */
export function readSocketRequest(text: string): SocketRequest {
  const result = REQUEST.safeParse(parse(text));
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "the message" : path.join(".")}: ${message}`,
  );
  throw invalidParam(`unable to read the query from the message: ${issues.join("; ")}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParam(`unable to read the query from the message: it is not JSON`);
  }
}
