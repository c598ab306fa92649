/** Queries: one read-only statement, its rows streamed as they come. */

import { type QueryRequest, type Service } from "@tidemark/service";
import { z } from "zod";

import { type Answer } from "./answer.ts";
import { asServiceError } from "./envelope.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { choice, described, optionalText, optionalWhole, texts } from "./params.ts";
import { preferredWait } from "./prefer.ts";
import { lastPiece } from "./query-failure.ts";
import {
  MEDIA_TYPES,
  QUERY_FORMATS,
  type QueryFormat,
  type QueryRenderers,
} from "./query-formats.ts";

/** What queries need besides the service. */
export interface QueryOptions {
  readonly renderers: QueryRenderers;
  readonly log: (requestId: string, error: unknown) => void;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** A longer wait for tokens is cut to this. */
  readonly maximumWaitSeconds: number;
}

/** The operation that answers queries. */
export function queryOperations(service: Service, options: QueryOptions): readonly Operation[] {
  return [
    operation({
      id: "pipeline_adhoc_sql",
      method: "GET",
      path: "/v0/pipelines/{pipeline_name}/query",
      role: "write",
      access: "gated",
      tag: "Pipeline Lifecycle",
      summary: "Query a pipeline's tables and views",
      description:
        "Runs one read-only statement on the state after the last step. A fault after the first rows is told by the last line of text and JSON; the other formats break off. With `Upgrade: websocket` the same is asked by a message.",
      takes: { query: STATEMENT, headers: PREFERENCES },
      answers: { 200: ROWS },
      errors: [
        "AdHocQueryError",
        "ExternalEngine",
        "CompletionPending",
        "PipelineRestarted",
        "UnknownEndpointInCompletionToken",
        "CompletionTokenLost",
        "TooManyWaiters",
      ],
      async run(call, { query: { format, sql, after, timeout }, headers }) {
        const seconds = timeout ?? preferredWait(headers.Prefer);
        const request = { pipeline: call.param("pipeline_name"), sql };
        const waiting = waitFor(after, seconds, options.maximumWaitSeconds);
        const { caller, signal } = call;
        const result = await service.query(caller, { ...request, after: waiting }, { signal });
        return streamed(call, { format, pieces: options.renderers[format](result) }, options);
      },
    }),
  ];
}

const STATEMENT = z.object({
  sql: described(z.string().default(""), "The statement."),
  format: choice("What the rows are written as.", QUERY_FORMATS),
  after: texts(
    "A completion token: the query runs once it is complete, and sees all that it covers. May be given several times.",
  ),
  timeout: optionalWhole(
    "How many seconds the tokens of `after` are waited for; without it `Prefer: wait=N` says so, or else 60.",
  ),
});

const PREFERENCES = z.object({
  Prefer: optionalText("`wait=N`: how many seconds the tokens of `after` are waited for."),
});

const ROWS = {
  description: "The rows.",
  streams: {
    "text/plain": "A table with a head line, or for `hash` a SHA-256 in hexadecimal.",
    "application/json": "A JSON object for each row, each on its line.",
    "application/octet-stream": "A Parquet file or an Arrow IPC stream.",
  },
};

const DEFAULT_WAIT_SECONDS = 60;

/** What a query waits for; undefined where it runs at once. */
export function waitFor(
  tokens: readonly string[],
  seconds: number | undefined,
  maximumSeconds: number,
): QueryRequest["after"] {
  if (tokens.length === 0) return undefined;
  return { tokens, timeoutMs: Math.min(seconds ?? DEFAULT_WAIT_SECONDS, maximumSeconds) * 1000 };
}

interface Rendered {
  readonly format: QueryFormat;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

/** Reads the first piece before answering, so that a query that fails at once gets an error's status. */
async function streamed(call: Call, rendered: Rendered, options: QueryOptions): Promise<Answer> {
  const { format, pieces } = rendered;
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const headers: Record<string, string> = {
    "Content-Type": MEDIA_TYPES[format],
    "Cache-Control": "no-store",
  };
  if (format === "parquet") {
    headers["Content-Disposition"] = `attachment; filename="${fileName(options.wallMs())}"`;
  }
  return { status: 200, headers, body: body({ call, format, first, iterator }, options) };
}

/** Such as `results_20261124_040506.parquet`, in UTC. */
function fileName(wallMs: number): string {
  const digits = new Date(wallMs).toISOString().replaceAll(/[-:]/gu, "");
  return `results_${digits.slice(0, 8)}_${digits.slice(9, 15)}.parquet`;
}

interface Begun {
  readonly call: Call;
  readonly format: QueryFormat;
  readonly first: IteratorResult<string | Uint8Array>;
  readonly iterator: AsyncIterator<string | Uint8Array>;
}

async function* body(
  { call, format, first, iterator }: Begun,
  { log }: QueryOptions,
): AsyncIterable<string | Uint8Array> {
  try {
    let next = first;
    while (next.done !== true) {
      yield next.value;
      // oxlint-disable-next-line no-await-in-loop -- each piece is pulled once the last one is sent
      next = await iterator.next();
    }
  } catch (fault) {
    const isInternal = asServiceError(fault).reason === "InternalError";
    if (isInternal && !call.signal.aborted) log(call.requestId, fault);
    const last = lastPiece(format, fault, call.requestId);
    if (last === undefined) throw fault;
    yield last;
  } finally {
    await iterator.return?.();
  }
}
