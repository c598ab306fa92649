/** Reading rules: what views and queries may name. */

import { type References } from "./references.ts";

/** Table functions that read nothing but their arguments. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  "range",
  "generate_series",
  "unnest",
  "repeat",
  "repeat_row",
  "json_each",
  "json_tree",
  "generate_subscripts",
  "regexp_split_to_table",
]);

/** Functions that tell of the server or act on it. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "current_setting",
  "getenv",
  "write_log",
  "sleep_ms",
  "pg_sleep",
  "nextval",
  "currval",
  "setseed",
  "json_serialize_plan",
  "stats",
  "txid_current",
]);

/** What is wrong with naming these, where something is. */
export function forbidden(named: References, known: ReadonlySet<string>): string | undefined {
  for (const name of named.foreign) return missing(name);
  for (const name of named.relations) if (!known.has(name)) return missing(name);
  for (const name of named.tableFunctions) {
    if (!TABLE_FUNCTIONS.has(name))
      return `Permission Error: Table function '${name}' can't be used`;
  }
  for (const name of named.functions) {
    if (FORBIDDEN.has(name)) return `Permission Error: Function '${name}' can't be used`;
  }
  return undefined;
}

function missing(name: string): string {
  return `Catalog Error: Table with name ${name} does not exist`;
}
