/** Readable tables: whether the rows that a SELECT shows are those whose changes the log has under the same name. */

import { type ConfigError } from "@tidemark/connector";

import { type TextRow } from "./session.ts";
import { invalid } from "./target.ts";

/** What is asked of `pg_class c` for it. */
export const READABLE_COLUMNS = `c.relkind AS kind, c.relpersistence AS persistence,
       row_security_active(c.oid) AS secured, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       CASE WHEN c.relkind = 'r' THEN
         (SELECT string_agg(i.inhrelid::regclass::text, ', ') FROM pg_inherits i WHERE i.inhparent = c.oid) END AS children,
       CASE WHEN c.relkind = 'p' THEN
         (SELECT string_agg(l.oid::regclass::text, ', ') FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
           WHERE t.isleaf AND t.level > 0 AND (l.relkind <> 'r' OR l.relpersistence <> 'p')) END AS unlogged`;

const OTHER_KINDS: ReadonlyMap<unknown, string> = new Map([
  ["v", "is a view"],
  ["m", "is a materialized view"],
  ["f", "is a foreign table"],
  ["S", "is a sequence"],
  ["i", "is an index"],
  ["I", "is an index"],
  ["c", "is a composite type"],
]);

/** What the table is, where its changes are in no log. */
export function kindFault(sql: string, { kind, persistence }: TextRow): ConfigError | undefined {
  const other = OTHER_KINDS.get(kind);
  if (other !== undefined) {
    return invalid(
      "source_table",
      `names ${sql}, which ${other}, and has no changes of its own; name the table that its rows are in, or read them with postgres_input`,
    );
  }
  if (persistence === "p") return undefined;
  const how = persistence === "u" ? "unlogged" : "temporary";
  const remedy = persistence === "u" ? `; ALTER TABLE ${sql} SET LOGGED` : "; name another table";
  return invalid(
    "source_table",
    `names ${sql}, which is ${how}, so that its changes are not in the log${remedy}`,
  );
}

/** Row security hides rows from a copy, and none from the log. */
export function rowSecurityFault(
  sql: string,
  role: string,
  { secured, forced }: TextRow,
): ConfigError | undefined {
  if (secured !== "t") return undefined;
  const owner =
    forced === "t" ? `, or as its owner, ALTER TABLE ${sql} NO FORCE ROW LEVEL SECURITY` : "";
  return invalid(
    "source_table",
    `names ${sql}, of whose rows row-level security shows ${role} a part, while changes come of all; ALTER ROLE ${role} BYPASSRLS${owner}`,
  );
}

/** A SELECT shows the rows of children as the table's own; the log has their changes under their names. */
export function childrenFault(
  sql: string,
  { children, unlogged }: TextRow,
): ConfigError | undefined {
  if (typeof children === "string") {
    return invalid(
      "source_table",
      `names ${sql}, which other tables inherit from (${children}): their rows are among its own, but their changes come under other names; make it a partitioned table, or read each table by a connector of its own`,
    );
  }
  if (typeof unlogged !== "string") return undefined;
  return invalid(
    "source_table",
    `names ${sql}, some of whose partitions are foreign or unlogged (${unlogged}), so that their changes are not in the log; detach them, or ALTER TABLE … SET LOGGED`,
  );
}
