/** Queries: one read-only statement, its rows streamed as they come. */

import { type Service, ServiceError } from "@tidemark/service";
import { z } from "zod";

import { type Answer } from "./answer.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { choice, described } from "./params.ts";
import { type QueryResult } from "./service-answers.ts";

type Columns = QueryResult["columns"];
type Rows = QueryResult["rows"];
type Row = Rows extends AsyncIterable<readonly (infer One)[]> ? One : never;

/** How rows become text. */
export interface QueryRenderers {
  /** One row as a JSON object on one line, without a line end. */
  readonly jsonRow: (columns: Columns, row: Row) => string;
  /** A table of all rows, in pieces. */
  readonly textTable: (columns: Columns, rows: Rows) => AsyncIterable<string>;
}

/** The operation that answers queries. */
export function queryOperations(
  service: Service,
  renderers: QueryRenderers,
  log: (requestId: string, error: unknown) => void,
): readonly Operation[] {
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
        "Runs one read-only statement on the state after the last step. A fault after the first rows is told by the last line.",
      takes: { query: STATEMENT },
      answers: {
        200: {
          description: "The rows.",
          streams: {
            "text/plain": "A table with a head line.",
            "application/json": "A JSON object for each row, each on its line.",
          },
        },
      },
      errors: ["AdHocQueryError", "ExternalEngine"],
      async run(call, { query: { format, sql } }) {
        const { caller, signal } = call;
        const result = await service.query(caller, call.param("pipeline_name"), sql, { signal });
        const told = (error: unknown): string => failure(call, error, log);
        return format === "json"
          ? await streamed(
              "application/json",
              jsonLines(result, renderers),
              (error) => `${JSON.stringify({ error: told(error) })}\n`,
            )
          : await streamed(
              "text/plain; charset=utf-8",
              renderers.textTable(result.columns, result.rows),
              (error) => `ERROR: ${told(error)}\n`,
            );
      },
    }),
  ];
}

const STATEMENT = z.object({
  sql: described(z.string().default(""), "The statement."),
  format: choice("What the rows are written as.", ["text", "json"]),
});

async function* jsonLines(result: QueryResult, renderers: QueryRenderers): AsyncIterable<string> {
  for await (const batch of result.rows) {
    yield batch.map((row) => `${renderers.jsonRow(result.columns, row)}\n`).join("");
  }
}

/** Reads the first piece before answering, so that a query that fails at once gets an error's status. */
async function streamed(
  type: string,
  pieces: AsyncIterable<string>,
  lastLine: (error: unknown) => string,
): Promise<Answer> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  return { status: 200, headers: { "Content-Type": type }, body: body(first, iterator, lastLine) };
}

async function* body(
  first: IteratorResult<string>,
  iterator: AsyncIterator<string>,
  lastLine: (error: unknown) => string,
): AsyncIterable<string> {
  try {
    let next = first;
    while (next.done !== true) {
      yield next.value;
      // oxlint-disable-next-line no-await-in-loop -- each piece is pulled once the last one is sent
      next = await iterator.next();
    }
  } catch (error) {
    yield lastLine(error);
  } finally {
    await iterator.return?.();
  }
}

function failure(
  call: Call,
  error: unknown,
  log: (requestId: string, error: unknown) => void,
): string {
  if (error instanceof ServiceError) return error.message;
  if (!call.signal.aborted) log(call.requestId, error);
  return `the query failed inside the server (request ${call.requestId})`;
}
