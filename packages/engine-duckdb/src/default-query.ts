/** The query that computes the default of a column. */

import { type Column, tokenize } from "@tidemark/program";

import { sqlType } from "./column-types.ts";
import { duckdbSql } from "./dialect.ts";

/** The column that `CONNECTOR_METADATA()` is read from: a VARIANT of what is told of a record. */
export const METADATA = "connector_metadata";

/** What computes a default. */
export interface DefaultExpression {
  /** SQL of a value of the column's type. */
  readonly sql: string;
  /** Whether it reads `METADATA`. */
  readonly ofMetadata: boolean;
}

/** What computes the default of a column; undefined where it has none. */
export function defaultExpression({ defaultSql, type }: Column): DefaultExpression | undefined {
  if (defaultSql === undefined) return undefined;
  const read = readingMetadata(defaultSql);
  const value = duckdbSql(read ?? defaultSql, new Set(read === undefined ? [] : [METADATA]));
  return { sql: `CAST((${value}\n) AS ${sqlType(type)})`, ofMetadata: read !== undefined };
}

/** One row of the value that a record has of which nothing is told. */
export function defaultQuery({ sql, ofMetadata }: DefaultExpression): string {
  return ofMetadata ? `SELECT ${sql} FROM ${untold(1)}` : `SELECT ${sql}`;
}

/** So many rows of which nothing is told, to select from. */
export function untold(count: number): string {
  return `(SELECT CAST(NULL AS VARIANT) AS ${METADATA} FROM range(${count}))`;
}

/** An expression with the column in place of calls; undefined where it calls nothing of the kind. */
function readingMetadata(sql: string): string | undefined {
  const { tokens } = tokenize(sql);
  let text = "";
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const end = tokens[i + 2];
    if (token.kind !== "word" || token.value !== "CONNECTOR_METADATA") continue;
    if (tokens[i + 1]?.value !== "(" || end?.value !== ")") continue;
    text += sql.slice(at, token.start) + METADATA;
    at = end.end;
  }
  return at === 0 ? undefined : text + sql.slice(at);
}
