/** The query that computes the default of a column. */

import { type Column } from "@tidemark/program";

import { sqlType } from "./column-types.ts";
import { duckdbSql } from "./dialect.ts";

/** One row of one value of the column's type; undefined where it has no default. */
export function defaultQuery({ defaultSql, type }: Column): string | undefined {
  if (defaultSql === undefined) return undefined;
  return `SELECT CAST((${duckdbSql(defaultSql, new Set())}\n) AS ${sqlType(type)})`;
}
