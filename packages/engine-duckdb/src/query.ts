/** Queries: one read-only statement of a user, on the state after the last commit. */

import { type DuckDBPreparedStatement } from "@duckdb/node-api";
import { QueryError, type QueryResult } from "@tidemark/connector";
import { type Program, spell, type Table, type View } from "@tidemark/program";

import { databaseMessage } from "./database-message.ts";
import { duckdbSql } from "./dialect.ts";
import { outputColumn, readableName } from "./output-columns.ts";
import { type ReadSession, type ReadSessions } from "./read-session.ts";
import { forbidden } from "./reading-rules.ts";
import { references } from "./references.ts";
import { type Relations } from "./relations.ts";
import { type Node, parseSelect } from "./syntax.ts";
import { writtenNames } from "./written-names.ts";

/** What queries may read. */
export interface Readable {
  /** By lower-case name. */
  readonly relations: ReadonlyMap<string, Table | View>;
  /** Names of all columns, as the program has them. */
  readonly columnNames: readonly string[];
  /** Lower-case names of columns of type VARIANT. */
  readonly variants: ReadonlySet<string>;
}

/** What queries of a program may read. */
export function readable(program: Program, { views, variants }: Relations): Readable {
  const all = [...program.tables, ...program.views];
  const columns = [...program.tables, ...views.values()].flatMap((relation) => relation.columns);
  return {
    relations: new Map(all.map((relation) => [relation.id.name.toLowerCase(), relation])),
    columnNames: columns.map(({ id }) => id.name),
    variants,
  };
}

/** Runs a query; throws `QueryError`, or the signal's reason once it aborts. */
export async function runQuery(
  sessions: ReadSessions,
  from: Readable,
  { sql, signal }: { readonly sql: string; readonly signal: AbortSignal },
): Promise<QueryResult> {
  const session = await sessions.open();
  const abort = (): void => {
    void session[Symbol.asyncDispose]();
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    return await start(session, from, {
      sql,
      signal,
      ended: () => signal.removeEventListener("abort", abort),
    });
  } catch (fault) {
    signal.removeEventListener("abort", abort);
    await session[Symbol.asyncDispose]();
    throw readFault(fault, signal);
  }
}

interface Asked {
  readonly sql: string;
  readonly signal: AbortSignal;
  readonly ended: () => void;
}

async function start(session: ReadSession, from: Readable, asked: Asked): Promise<QueryResult> {
  const sql = duckdbSql(asked.sql, from.variants);
  const { statement, root } = await session.run(async (connection) => {
    const parsed = await parseSelect(connection, sql);
    if (parsed.kind === "invalid") throw new QueryError(parsed.message);
    const named = references(parsed.root);
    const problem = forbidden(named, new Set(from.relations.keys()));
    if (problem !== undefined) throw new QueryError(problem);
    for (const name of named.relations) refuseUnmaterialized(from.relations.get(name));
    await session.begin();
    return { statement: await connection.prepare(sql), root: parsed.root };
  });
  const columns = columnsOf(statement, { asked: asked.sql, sql, root }, from);
  const result = await session.stream(() => statement.stream());
  return { columns, rows: guarded(session.rows(result, sql), asked) };
}

function columnsOf(
  statement: DuckDBPreparedStatement,
  { asked, sql, root }: { readonly asked: string; readonly sql: string; readonly root: Node },
  from: Readable,
): QueryResult["columns"] {
  const { variants } = from;
  const written = writtenNames(asked, { root, variants, columns: statement.columnCount });
  return Array.from({ length: statement.columnCount }, (_, i) =>
    outputColumn(
      written[i] ?? asWritten(readableName(statement.columnName(i), sql, from.columnNames)),
      statement.columnType(i),
    ),
  );
}

/** Only DuckDB knows its own names of these functions; clients look for `count(*)` and `row(…)`. */
function asWritten(name: string): string {
  return name.replaceAll("count_star()", "count(*)").replaceAll('main."row"(', "row(");
}

function refuseUnmaterialized(relation: Table | View | undefined): void {
  if (relation === undefined) return;
  if (relation.materialized && (relation.kind === "table" || !relation.local)) return;
  throw new QueryError(
    `Tried to SELECT from a non-materialized source. Make sure \`${spell(relation.id)}\` is configured as materialized: use a primary key or WITH ('materialized' = 'true') on tables, CREATE MATERIALIZED VIEW on views`,
  );
}

/** The rows, with faults as the contract has them. */
async function* guarded<T>(rows: AsyncGenerator<T, void>, asked: Asked): AsyncGenerator<T, void> {
  try {
    yield* rows;
  } catch (fault) {
    throw readFault(fault, asked.signal);
  } finally {
    asked.ended();
  }
}

function readFault(fault: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (fault instanceof QueryError) return fault;
  return new QueryError(databaseMessage(fault), { cause: fault });
}
