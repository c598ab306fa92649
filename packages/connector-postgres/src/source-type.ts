/** Source types: what the catalog says of a column's type, so that its values are read by what they are. */

import { type Session, type TextRow } from "./session.ts";

/** What values of a type are written as; `text` is every type whose text has no other meaning here. */
export type SourceKind =
  | "boolean"
  | "integer"
  | "number"
  | "json"
  | "bytes"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "uuid"
  | "text";

/** A type of the database. A domain is what it is based on, at any depth. */
export type SourceType =
  | { readonly kind: SourceKind; readonly name: string }
  | { readonly kind: "array"; readonly name: string; readonly element: SourceType };

/** Finds the types of columns by the OIDs that a catalog, a query's answer or a relation message gives. */
export type TypeResolver = (oid: number) => SourceType;

/** Domains lead to what they are based on, and arrays to their elements. */
const TYPES = `WITH RECURSIVE used (oid) AS (
    SELECT unnest($1::oid[])
    UNION
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
      FROM used JOIN pg_type t USING (oid)
     WHERE t.typtype = 'd' OR t.typoutput = 'array_out'::regproc)
  SELECT t.oid, format_type(t.oid, NULL) AS name, t.typtype = 'd' AS is_domain, t.typbasetype AS base,
         t.typoutput = 'array_out'::regproc AND t.typtype = 'b' AS is_array, t.typelem AS element, t.typdelim AS delimiter
    FROM used JOIN pg_type t USING (oid)`;

/** Built-in types, whose OIDs never change; any other is a text. */
const KINDS: ReadonlyMap<number, SourceKind> = new Map<number, SourceKind>([
  [16, "boolean"],
  [17, "bytes"],
  [20, "integer"],
  [21, "integer"],
  [23, "integer"],
  // oid, xid, cid, xid8
  [26, "integer"],
  [28, "integer"],
  [29, "integer"],
  [5069, "integer"],
  [700, "number"],
  [701, "number"],
  [1700, "number"],
  [114, "json"],
  [3802, "json"],
  [1082, "date"],
  [1083, "time"],
  [1114, "timestamp"],
  [1184, "timestamptz"],
  [2950, "uuid"],
]);

/** Asks the catalog once for all of these types and what they are made of. */
export async function resolveTypes(
  session: Session,
  oids: Iterable<number>,
): Promise<TypeResolver> {
  const wanted = [...new Set(oids)];
  const rows = await session.rows(TYPES, [`{${wanted.join(",")}}`]);
  const byOid = new Map(rows.map((row) => [Number(row["oid"]), row]));
  return (oid) => typeOf(oid, byOid);
}

function typeOf(oid: number, byOid: ReadonlyMap<number, TextRow>): SourceType {
  const row = byOid.get(oid);
  if (row === undefined) return { kind: "text", name: `the type with OID ${oid}` };
  const name = String(row["name"]);
  if (row["is_domain"] === "t") return { ...typeOf(Number(row["base"]), byOid), name };
  if (row["is_array"] !== "t") return { kind: KINDS.get(oid) ?? "text", name };
  // Elements of `box` are kept apart by semicolons, as they hold commas.
  if (byOid.get(Number(row["element"]))?.["delimiter"] === ";") return { kind: "text", name };
  return { kind: "array", name, element: typeOf(Number(row["element"]), byOid) };
}
