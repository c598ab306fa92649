/** Target columns: what the catalog says of a target table and its columns. */

import { type Session, type TextRow } from "./session.ts";
import { type TargetType, targetType } from "./target-type.ts";

/** A column of the table. */
export interface TargetColumn {
  readonly name: string;
  /** As SQL writes it, with its length or precision. */
  readonly sqlType: string;
  readonly type: TargetType;
  readonly notNull: boolean;
  /** Whether it has a value where none is given. */
  readonly filled: boolean;
  readonly generated: boolean;
  /** `GENERATED ALWAYS AS IDENTITY`. */
  readonly identityAlways: boolean;
  readonly key: boolean;
}

/** A table, or what else the name stands for. */
export interface FoundTable {
  readonly oid: string;
  /** `relkind`: what it is. */
  readonly kind: string;
  readonly columns: readonly TargetColumn[];
  /** Names of its rules, which write something else than was asked. */
  readonly rules: readonly string[];
  /** Names of its triggers that run before a row is written, and can change it. */
  readonly changers: readonly string[];
}

const TABLE = `SELECT c.oid, c.relkind AS kind,
       (SELECT coalesce(json_agg(r.rulename), '[]') FROM pg_catalog.pg_rewrite r
         WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN' AND r.ev_enabled <> 'D') AS rules,
       (SELECT coalesce(json_agg(t.tgname), '[]') FROM pg_catalog.pg_trigger t
         WHERE t.tgrelid IN (SELECT c.oid UNION SELECT relid FROM pg_catalog.pg_partition_tree(c.oid))
           AND NOT t.tgisinternal AND t.tgenabled NOT IN ('D', 'R')
           AND t.tgtype & 2 = 2 AND t.tgtype & 1 = 1) AS changers
  FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)`;

const COLUMNS = `SELECT a.attname AS name, a.atttypid AS oid, a.atttypmod AS modifier,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS sql,
       a.attnotnull AS required, a.atthasdef OR a.attidentity <> '' AS filled,
       a.attgenerated <> '' AS generated, a.attidentity = 'a' AS always,
       coalesce(a.attnum = ANY (i.indkey), false) AS key
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum`;

/** Looks a name up; undefined where it names nothing. */
export async function findTable(session: Session, name: string): Promise<FoundTable | undefined> {
  const [found] = await session.rows(TABLE, [name]);
  if (found === undefined) return undefined;
  const oid = String(found["oid"]);
  const columns: TargetColumn[] = [];
  for (const row of await session.rows(COLUMNS, [oid])) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    columns.push(await column(session, row));
  }
  return {
    oid,
    kind: String(found["kind"]),
    columns,
    rules: namesIn(found["rules"]),
    changers: namesIn(found["changers"]),
  };
}

async function column(session: Session, row: TextRow): Promise<TargetColumn> {
  const is = (what: string): boolean => row[what] === "t";
  return {
    name: String(row["name"]),
    sqlType: String(row["sql"]),
    type: await targetType(session, row["oid"], Number(row["modifier"])),
    notNull: is("required"),
    filled: is("filled"),
    generated: is("generated"),
    identityAlways: is("always"),
    key: is("key"),
  };
}

function namesIn(json: unknown): readonly string[] {
  const names: unknown = JSON.parse(String(json));
  return Array.isArray(names) ? names.map(String) : [];
}
