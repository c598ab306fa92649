/** The typed client: every use case of a server, over Connect and gRPC. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { QueryFormat as Format, type QueryRequestSchema, QueryService } from "@tidemark/api";
import { createClient } from "@connectrpc/connect";

import { type ConnectorCalls, connectorCalls } from "./connectors.ts";
import { type SubscribeCall, subscribeCall } from "./egress.ts";
import { type IngestCall, ingestCall } from "./ingest.ts";
import { type KeyCalls, keyCalls } from "./keys.ts";
import { type PipelineCalls, pipelineCalls } from "./pipelines.ts";
import { tidemarkError } from "./tidemark-error.ts";
import { type CallOptions, type TokenCalls, tokenCalls } from "./tokens.ts";
import { type ClientOptions, openTransports } from "./transports.ts";

/** Rows of a query: the columns' names, then each row as the text of one JSON object. */
export interface QueryPage {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** The next bytes, where a format other than JSON was asked for. */
  readonly data: Uint8Array;
}

/** What rows can be written as. */
export type QueryFormat = "json" | "arrow_ipc" | "parquet" | "hash";

/** How a query is asked. */
export interface QueryOptions extends CallOptions {
  /** `json` where absent: rows in `rows`. All others come in `data`. */
  readonly format?: QueryFormat;
  /** Tokens that are waited for: the query sees all that they cover. */
  readonly after?: readonly string[];
  /** How long they are waited for, in milliseconds; absent means as long as the server allows. */
  readonly timeoutMs?: number;
}

const FORMATS: Readonly<Record<QueryFormat, Format>> = {
  json: Format.JSON,
  arrow_ipc: Format.ARROW_IPC,
  parquet: Format.PARQUET,
  hash: Format.HASH,
};

/** A client of one server. All calls reject with `TidemarkError`, or with the signal's reason. */
export interface TidemarkClient {
  readonly pipelines: PipelineCalls;
  readonly tokens: TokenCalls;
  readonly connectors: ConnectorCalls;
  readonly ingest: IngestCall;
  /** The changes of a table or view, step by step, for as long as they are read. */
  readonly subscribe: SubscribeCall;
  readonly keys: KeyCalls;
  /** Runs one read-only statement; pages come as the server sends them, `columns` with the first. */
  query(pipeline: string, sql: string, options?: QueryOptions): AsyncIterable<QueryPage>;
}

/**
 * Makes a client; nothing is sent before the first call.
 *
 * @example
 * const tidemark = createTidemarkClient({ baseUrl: "http://127.0.0.1:8080" });
 * const token = await tidemark.tokens.issue({ pipeline: "p", table: "t", connector: "c" });
 * const status = await tidemark.tokens.wait("p", token, { timeoutMs: 10_000 });
 */
export function createTidemarkClient(options: ClientOptions): TidemarkClient {
  const transports = openTransports(options);
  const queries = createClient(QueryService, transports.connect);
  return {
    pipelines: pipelineCalls(transports.connect),
    tokens: tokenCalls(transports.connect),
    connectors: connectorCalls(transports.connect),
    ingest: ingestCall(transports.grpc, transports.connect),
    subscribe: subscribeCall(transports.connect),
    keys: keyCalls(transports.connect),
    query: async function* query(pipeline, sql, given = {}) {
      try {
        yield* queries.query(queryRequest(pipeline, sql, given), callOptions(given));
      } catch (cause) {
        given.signal?.throwIfAborted();
        throw tidemarkError(cause);
      }
    },
  };
}

function queryRequest(
  pipeline: string,
  sql: string,
  { format = "json", after = [], timeoutMs }: QueryOptions,
): MessageInitShape<typeof QueryRequestSchema> {
  const request = { pipeline, sql, format: FORMATS[format], after: [...after] };
  return timeoutMs === undefined
    ? request
    : { ...request, timeout: durationFromMs(Math.round(timeoutMs)) };
}

function callOptions({ signal }: QueryOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}
