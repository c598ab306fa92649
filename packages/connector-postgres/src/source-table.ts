/** Source tables: the table of the database whose changes are followed, and whether they can be. */

import { type ConfigError } from "@tidemark/connector";
import { type Table } from "@tidemark/program";
import { escapeIdentifier } from "pg";

import { type CdcConfig } from "./cdc-config.ts";
import { fittingWriter, isNamed } from "./fitting.ts";
import { type NamedWriter } from "./json-text.ts";
import { childrenFault, kindFault, READABLE_COLUMNS, rowSecurityFault } from "./readable-table.ts";
import { type Session, type TextRow } from "./session.ts";
import { resolveTypes, type TypeResolver } from "./source-type.ts";
import { invalid } from "./target.ts";

/** A column's type, as the server tells types apart, and how its values are written for ours. */
export interface ColumnType extends NamedWriter {
  readonly oid: number;
  readonly modifier: number;
}

/** A table of the database. */
export interface SourceTable {
  readonly schema: string;
  readonly name: string;
  /** As SQL names it. */
  readonly sql: string;
  readonly oid: number;
  /** Those of its columns that our table has as well, by their names there. */
  readonly columns: ReadonlyMap<string, ColumnType>;
}

const TABLE = `SELECT c.oid, c.relreplident AS identity, current_user AS who, ${READABLE_COLUMNS},
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS replicates,
       (SELECT json_agg(a.attname) FROM pg_index i
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = c.oid
           AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END) AS key
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2`;

const PUBLICATION = `SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate AS whole,
       pubviaroot AS by_root,
       EXISTS (SELECT FROM pg_publication_tables t
                WHERE t.pubname = p.pubname AND t.schemaname = $2 AND t.tablename = $3) AS published,
       EXISTS (SELECT FROM pg_publication_tables t
                WHERE t.pubname = p.pubname AND t.schemaname = $2 AND t.tablename = $3
                  AND to_jsonb(t) ->> 'rowfilter' IS NOT NULL) AS filtered
  FROM pg_publication p WHERE pubname = $1`;

/** From version 15 on a publication may leave columns out; before 18 generated ones always are. */
const COLUMNS = `SELECT a.attname AS name, a.atttypid AS oid, a.atttypmod AS modifier,
       (a.attgenerated = '' OR current_setting('server_version_num')::int >= 180000)
         AND coalesce(to_jsonb(t) -> 'attnames' ? a.attname::text, true) AS published
  FROM pg_attribute a
  LEFT JOIN pg_publication_tables t ON t.pubname = $1 AND t.schemaname = $2 AND t.tablename = $3
 WHERE a.attrelid = $4 AND a.attnum > 0 AND NOT a.attisdropped`;

/** Finds it; throws `ConfigError` for what the operator must mend. */
export async function sourceTable(
  session: Session,
  { sourceTable: { schema, name }, publication, target }: CdcConfig,
  table: Table,
): Promise<SourceTable> {
  const shown = `${schema}.${name}`;
  const sql = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
  const spelled = `${spelling(schema)}.${spelling(name)}`;
  const [found] = await session.rows(TABLE, [schema, name]);
  if (found === undefined) {
    throw invalid("source_table", `names '${shown}', which ${target.shown} does not have`);
  }
  const [published] = await session.rows(PUBLICATION, [publication, schema, name]);
  const fault =
    kindFault(spelled, found) ??
    permissionFault(spelled, found) ??
    rowSecurityFault(spelled, spelling(String(found["who"])), found) ??
    childrenFault(spelled, found) ??
    publicationFault({ publication, sql: spelled, at: target.shown }, found, published) ??
    identityFault(shown, table, found);
  if (fault !== undefined) throw fault;
  const rows = await session.rows(COLUMNS, [publication, schema, name, found["oid"]]);
  const types = await resolveTypes(
    session,
    rows.map((row) => Number(row["oid"])),
  );
  const columns = columnsOf(table, rows, { publication, shown, types });
  return { schema, name, sql, oid: Number(found["oid"]), columns };
}

function columnsOf(
  table: Table,
  rows: readonly TextRow[],
  {
    publication,
    shown,
    types,
  }: { readonly publication: string; readonly shown: string; readonly types: TypeResolver },
): ReadonlyMap<string, ColumnType> {
  const columns = new Map<string, ColumnType>();
  for (const column of table.columns) {
    const { id } = column;
    const row =
      rows.find((one) => one["name"] === id.name) ??
      rows.find((one) => isNamed(id, String(one["name"])));
    if (row === undefined) {
      throw invalid("source_table", `names '${shown}', which has no column '${id.name}'`);
    }
    if (row["published"] !== "t") {
      throw invalid(
        "publication",
        `names '${publication}', whose changes of ${shown} lack the column '${id.name}': it is generated, or left out of the publication`,
      );
    }
    const name = String(row["name"]);
    const oid = Number(row["oid"]);
    const from = { field: "source_table", shown: `names '${shown}', whose` } as const;
    const write = fittingWriter(from, { name, type: types(oid) }, column);
    columns.set(name, { name, oid, modifier: Number(row["modifier"]), write });
  }
  return columns;
}

/** A name as a statement that is shown spells it: in quotes where it needs them. */
function spelling(name: string): string {
  return /^[a-z_][a-z0-9_]*$/u.test(name) ? name : escapeIdentifier(name);
}

function permissionFault(
  sql: string,
  { who, readable, replicates }: TextRow,
): ConfigError | undefined {
  const role = spelling(String(who));
  if (replicates !== "t") {
    return invalid(
      "uri",
      `connects as ${role}, who may not read changes; ALTER ROLE ${role} REPLICATION`,
    );
  }
  if (readable === "t") return undefined;
  return invalid(
    "source_table",
    `names ${sql}, which ${role} may not read; GRANT SELECT ON ${sql} TO ${role}`,
  );
}

/** What is not published is missed without a word, so all of it must be. */
function publicationFault(
  {
    publication,
    sql,
    at,
  }: { readonly publication: string; readonly sql: string; readonly at: string },
  { kind }: TextRow,
  published: TextRow | undefined,
): ConfigError | undefined {
  const named = spelling(publication);
  const say = (what: string): ConfigError =>
    invalid("publication", `names '${publication}', ${what}`);
  if (published === undefined) {
    return say(`which ${at} does not have; CREATE PUBLICATION ${named} FOR TABLE ${sql}`);
  }
  const { whole, by_root: byRoot, published: isPublished, filtered } = published;
  if (kind === "p" && byRoot !== "t") {
    return say(
      `which publishes the partitions of ${sql} and not the table; ALTER PUBLICATION ${named} SET (publish_via_partition_root = true)`,
    );
  }
  if (isPublished !== "t") {
    return say(`which does not publish ${sql}; ALTER PUBLICATION ${named} ADD TABLE ${sql}`);
  }
  if (whole !== "t") {
    return say(
      `which does not publish every kind of change; ALTER PUBLICATION ${named} SET (publish = 'insert, update, delete, truncate')`,
    );
  }
  if (filtered === "t") {
    return say(
      `which publishes only some rows of ${sql}; ALTER PUBLICATION ${named} SET TABLE ${sql}`,
    );
  }
  return undefined;
}

/** Updates and deletes must say which row they are about, in terms of our table. */
function identityFault(
  shown: string,
  { primaryKey, columns }: Table,
  { identity, key }: TextRow,
): ConfigError | undefined {
  if (identity === "f") return undefined;
  const mend = `ALTER TABLE ${shown} REPLICA IDENTITY FULL`;
  if (primaryKey.length === 0) {
    return invalid(
      "source_table",
      `names '${shown}', whose changes don't carry the whole row before them, which a table without PRIMARY KEY needs; ${mend}, or declare a PRIMARY KEY`,
    );
  }
  const identified: unknown = typeof key === "string" ? JSON.parse(key) : undefined;
  if (identity === "n" || !Array.isArray(identified)) {
    return invalid(
      "source_table",
      `names '${shown}', which has no replica identity, so that its updates and deletes can't be followed; give it a primary key, or ${mend}`,
    );
  }
  for (const [at, { id }] of columns.entries()) {
    if (!primaryKey.includes(at) || identified.some((name) => isNamed(id, String(name)))) continue;
    return invalid(
      "source_table",
      `names '${shown}', whose changes don't carry the column '${id.name}' of the row before them, which is in the PRIMARY KEY here; ${mend}, or declare its key`,
    );
  }
  return undefined;
}
