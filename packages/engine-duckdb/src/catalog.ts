/** The catalogue: which functions DuckDB has, and which of them always answer the same. */

import { type DuckDBConnection } from "@duckdb/node-api";

import { PURE_MACROS } from "./dialect-functions.ts";

/** What is known of DuckDB's functions; names in lower case. */
export interface Functions {
  /** Scalar functions that answer the same for the same arguments, for ever. */
  readonly pure: ReadonlySet<string>;
  /** Functions that may answer otherwise the next time. */
  readonly changing: ReadonlySet<string>;
}

/** Macros and words that stand for changing functions, which the catalogue does not mark. */
const CHANGING_WORDS: readonly string[] = [
  "ago",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
  "tidemark_now",
  "user",
  "current_user",
  "session_user",
  "current_role",
  "getvariable",
  "current_setting",
  "pg_postmaster_start_time",
  "pg_conf_load_time",
];

/** Reads DuckDB's own list of functions. */
export async function readFunctions(connection: DuckDBConnection): Promise<Functions> {
  const result = await connection.runAndReadAll(
    `SELECT lower(function_name), bool_and(function_type = 'scalar' AND stability = 'CONSISTENT'),
       bool_or(function_type = 'scalar' AND stability <> 'CONSISTENT')
     FROM duckdb_functions() GROUP BY ALL`,
  );
  const pure = new Set<string>();
  const changing = new Set(CHANGING_WORDS);
  for (const [name, isPure, isChanging] of result.getRows()) {
    if (typeof name !== "string") continue;
    if (isChanging === true) changing.add(name);
    if (isPure === true && name !== "unnest" && !changing.has(name)) pure.add(name);
  }
  for (const name of PURE_MACROS) {
    pure.add(name);
    changing.delete(name);
  }
  // Depends on nothing but its arguments; the catalogue marks it so that it is not run too early.
  changing.delete("error");
  return { pure, changing };
}
