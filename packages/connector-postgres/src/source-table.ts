/** Source tables: whether a table of the database can be followed into a table of the program. */

import { type ConfigError } from "@tidemark/connector";
import { type Table } from "@tidemark/program";
import { escapeIdentifier } from "pg";

import { type CdcConfig } from "./cdc-config.ts";
import { type Session } from "./session.ts";
import { invalid } from "./target.ts";

/** A table of the database. */
export interface SourceTable {
  /** As SQL names it. */
  readonly sql: string;
  readonly oid: number;
}

/** Finds it; throws `ConfigError` for what the operator must mend. */
export async function sourceTable(
  session: Session,
  { sourceTable: { schema, name }, publication, target }: CdcConfig,
  table: Table,
): Promise<SourceTable> {
  const shown = `${schema}.${name}`;
  const [found] = await session.rows(
    `SELECT c.oid, c.relreplident AS identity, i.indexrelid IS NOT NULL AS keyed,
            EXISTS (SELECT FROM pg_publication WHERE pubname = $3) AS publication,
            EXISTS (SELECT FROM pg_publication_tables
                    WHERE pubname = $3 AND schemaname = $1 AND tablename = $2) AS published
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
      WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
    [schema, name, publication],
  );
  if (found === undefined) {
    throw invalid("source_table", `names '${shown}', which ${target.shown} does not have`);
  }
  if (found["publication"] !== "t") {
    throw invalid(
      "publication",
      `names '${publication}', which ${target.shown} does not have; CREATE PUBLICATION ${publication} FOR TABLE ${shown}`,
    );
  }
  if (found["published"] !== "t") {
    throw invalid(
      "publication",
      `names '${publication}', which does not publish ${shown}; ALTER PUBLICATION ${publication} ADD TABLE ${shown}`,
    );
  }
  const fault = identityFault(shown, table, found);
  if (fault !== undefined) throw fault;
  return {
    sql: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    oid: Number(found["oid"]),
  };
}

/** Updates and deletes must say which row they are about, in terms of our table. */
function identityFault(
  shown: string,
  { primaryKey }: Table,
  { identity, keyed }: Readonly<Record<string, unknown>>,
): ConfigError | undefined {
  if (identity === "f") return undefined;
  const mend = `ALTER TABLE ${shown} REPLICA IDENTITY FULL`;
  if (primaryKey.length === 0) {
    return invalid(
      "source_table",
      `names '${shown}', whose changes don't carry the whole row before them, which a table without PRIMARY KEY needs; ${mend}, or declare a PRIMARY KEY`,
    );
  }
  if (identity === "i" || (identity === "d" && keyed === "t")) return undefined;
  return invalid(
    "source_table",
    `names '${shown}', which has no replica identity, so that its updates and deletes can't be followed; give it a primary key, or ${mend}`,
  );
}
