/** Queries over RPC: rows as they come, or a small result at once. */

import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { QueryFormat, QueryService } from "@tidemark/api";
import {
  invalidParam,
  type OutputColumn,
  payloadTooLarge,
  type QueryRequest,
  type QueryResult,
  type Service,
} from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { MAX_MESSAGE_BYTES, type QueryWriters } from "./rpc-options.ts";

/** A message is sent once it has so much; common clients take no more than four times that. */
const PIECE_BYTES = 1024 * 1024;
/** Waits as long as the service itself allows. */
const NO_TIMEOUT_MS = Number.MAX_SAFE_INTEGER;

/** Binds the methods that query. */
export function bindQueries(
  binder: Binder,
  service: Pick<Service, "query">,
  writers: QueryWriters,
): void {
  const { method } = QueryService;
  binder.serverStream(method.query, async function* query(request, { caller, signal }) {
    const data = dataWriter(request.format, writers);
    const result = await service.query(caller, asked(request), { signal });
    yield { columns: columnNames(result.columns) };
    if (data === undefined) yield* rowMessages(result, writers);
    else yield* dataMessages(data(result));
  });
  binder.unary(method.queryOnce, async (request, { caller, signal }) => {
    const result = await service.query(caller, asked(request), { signal });
    const rows: string[] = [];
    let characters = 0;
    for await (const message of rowMessages(result, writers)) {
      characters += message.rows.reduce((sum, { length }) => sum + length, 0);
      if (characters > MAX_MESSAGE_BYTES) throw payloadTooLarge(MAX_MESSAGE_BYTES);
      rows.push(...message.rows);
    }
    return { columns: columnNames(result.columns), rows };
  });
}

function asked(request: {
  readonly pipeline: string;
  readonly sql: string;
  readonly after: readonly string[];
  readonly timeout?: Duration | undefined;
}): QueryRequest {
  const { pipeline, sql, after: tokens, timeout } = request;
  if (tokens.length === 0) return { pipeline, sql };
  const timeoutMs = timeout === undefined ? NO_TIMEOUT_MS : durationMs(timeout);
  if (timeoutMs < 0) throw invalidParam(`'timeout' must not be negative, got ${timeoutMs} ms`);
  return { pipeline, sql, after: { tokens, timeoutMs } };
}

type DataWriter = (result: QueryResult) => AsyncIterable<string | Uint8Array>;

/** What writes a format as bytes; undefined for JSON, which is sent row by row. */
function dataWriter(format: QueryFormat, writers: QueryWriters): DataWriter | undefined {
  switch (format) {
    case QueryFormat.UNSPECIFIED:
    case QueryFormat.JSON:
      return undefined;
    case QueryFormat.ARROW_IPC:
      return writers.arrow_ipc;
    case QueryFormat.PARQUET:
      return writers.parquet;
    case QueryFormat.HASH:
      return writers.hash;
    default:
      throw invalidParam(
        `unknown 'format' ${String(format)}: give QUERY_FORMAT_JSON (the default), QUERY_FORMAT_ARROW_IPC, QUERY_FORMAT_PARQUET or QUERY_FORMAT_HASH`,
      );
  }
}

async function* rowMessages(
  { columns, rows }: QueryResult,
  { jsonRow }: QueryWriters,
): AsyncGenerator<{ readonly rows: string[] }> {
  const write = jsonRow(columns);
  for await (const batch of rows) {
    let texts: string[] = [];
    let characters = 0;
    for (const row of batch) {
      const text = write(row);
      texts.push(text);
      characters += text.length;
      if (characters < PIECE_BYTES) continue;
      yield { rows: texts };
      texts = [];
      characters = 0;
    }
    if (texts.length > 0) yield { rows: texts };
  }
}

async function* dataMessages(
  pieces: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<{ readonly data: Uint8Array }> {
  for await (const piece of pieces) {
    const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield { data: bytes.subarray(at, at + PIECE_BYTES) };
    }
  }
}

function columnNames(columns: readonly OutputColumn[]): string[] {
  return columns.map(({ id }) => id.name);
}
