/** Ad-hoc queries, each within a time. */

import { QueryError, type QueryResult } from "@tidemark/connector";

import { adHocQueryError, pipelineDisconnected } from "./errors/interaction.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type Limits, type Scheduler } from "./service-options.ts";

/** What a query is bound by. */
export interface QueryPorts {
  readonly scheduler: Scheduler;
  readonly limits: Pick<Limits, "queryMs">;
}

/** Runs one statement; also the reading of its rows ends when the time is up. */
export async function query(
  ports: QueryPorts,
  host: PipelineHost,
  sql: string,
  caller: AbortSignal,
): Promise<QueryResult> {
  const running = host.ours("a query");
  const { queryMs } = ports.limits;
  const deadline = new AbortController();
  const signal = AbortSignal.any([caller, deadline.signal]);
  const stopTimer = ports.scheduler.after(queryMs, () => deadline.abort());
  const fault = (error: unknown): unknown => {
    stopTimer();
    if (caller.aborted) return caller.reason;
    if (deadline.signal.aborted) {
      return adHocQueryError(`the query took longer than ${queryMs / 1000} seconds`);
    }
    if (error instanceof QueryError) return adHocQueryError(error.message, { cause: error });
    return host.running === running ? error : pipelineDisconnected(host.record.name, "/query");
  };
  try {
    const { columns, rows } = await running.query(sql, { signal });
    return { columns, rows: guarded(rows, { fault, done: stopTimer, signal }) };
  } catch (error) {
    throw fault(error);
  }
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
