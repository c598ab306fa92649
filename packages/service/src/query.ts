/** Ad-hoc queries, each within a time, and where asked only once tokens are complete. */

import { QueryError, type QueryResult } from "@tidemark/connector";
import { joinTokens, type Sealer } from "@tidemark/core";
import { distinctNames } from "@tidemark/program";

import { adHocQueryError, pipelineDisconnected } from "./errors/interaction.ts";
import { completionPending, invalidParam } from "./errors/token.ts";
import { type Directory } from "./pipelines/directory.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type Caller, type QueryRequest } from "./service.ts";
import { type Limits, type Scheduler } from "./service-options.ts";
import { readToken } from "./tokens/read-token.ts";
import { type Waits } from "./tokens/wait.ts";

/** What queries work on, and what they are bound by. */
export interface QueryPorts {
  readonly directory: Directory;
  readonly sealer: Sealer;
  readonly scheduler: Scheduler;
  readonly waits: Waits;
  readonly limits: Pick<Limits, "queryMs" | "maxWaitMs" | "maxTokenLength" | "maxJoinedTokens">;
}

/** Runs one statement; also the reading of its rows ends when the time is up. */
export async function query(
  ports: QueryPorts,
  caller: Caller,
  { pipeline, sql, after }: QueryRequest,
  signal: AbortSignal,
): Promise<QueryResult> {
  const { host } = ports.directory.entry(caller.tenant, pipeline);
  if (after !== undefined && after.tokens.length > 0) {
    await untilComplete(ports, host, after, signal);
  }
  return run(ports, host, sql, signal);
}

/**
 * Resolves once all tokens are complete. Delivered is later than committed, so the state that a query
 * then reads holds everything they cover.
 */
async function untilComplete(
  { sealer, waits, limits }: QueryPorts,
  host: PipelineHost,
  { tokens, timeoutMs }: NonNullable<QueryRequest["after"]>,
  signal: AbortSignal,
): Promise<void> {
  const running = host.ours("a query");
  if (tokens.length > limits.maxJoinedTokens) {
    throw invalidParam(
      `${tokens.length} tokens are too many to wait for; the most allowed is ${limits.maxJoinedTokens}`,
    );
  }
  const reading = { sealer, maxTokenLength: limits.maxTokenLength };
  const { claims } = joinTokens(tokens.map((text) => readToken(text, host.record.id, reading)));
  const waited = { pipeline: host.record.name, running, claims };
  const { status, remaining, verdict } = await waits.wait(waited, { timeoutMs, signal });
  if (status === "complete") return;
  const reasons = verdict.kind === "pending" ? verdict.reasons : [];
  throw completionPending(remaining, reasons, Math.min(timeoutMs, limits.maxWaitMs));
}

async function run(
  { scheduler, limits: { queryMs } }: QueryPorts,
  host: PipelineHost,
  sql: string,
  caller: AbortSignal,
): Promise<QueryResult> {
  const running = host.ours("a query");
  const deadline = new AbortController();
  const signal = AbortSignal.any([caller, deadline.signal]);
  const stopTimer = scheduler.after(queryMs, () => deadline.abort());
  const fault = (error: unknown): unknown => {
    stopTimer();
    if (caller.aborted) return caller.reason;
    if (deadline.signal.aborted) {
      return adHocQueryError(`the query took longer than ${queryMs / 1000} seconds`);
    }
    // Whatever an engine says that is being closed, it is not about the statement.
    const stands = host.running === running && host.record.resourcesStatus === "Provisioned";
    if (!stands) return pipelineDisconnected(host.record.name, "/query");
    return error instanceof QueryError ? adHocQueryError(error.message, { cause: error }) : error;
  };
  try {
    const { columns, rows } = await running.query(sql, { signal });
    return { columns: distinct(columns), rows: guarded(rows, { fault, done: stopTimer, signal }) };
  } catch (error) {
    throw fault(error);
  }
}

/** In no format would a reader find the second of two columns of one name. */
function distinct(columns: QueryResult["columns"]): QueryResult["columns"] {
  const names = distinctNames(columns.map(({ id }) => id.name));
  return columns.map((column, i) => ({
    ...column,
    id: { ...column.id, name: names[i] ?? column.id.name },
  }));
}

async function* guarded<T>(
  rows: AsyncIterable<T>,
  by: {
    readonly fault: (error: unknown) => unknown;
    readonly done: () => void;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<T, void, undefined> {
  try {
    for await (const chunk of rows) {
      by.signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    throw by.fault(error);
  } finally {
    by.done();
  }
}
