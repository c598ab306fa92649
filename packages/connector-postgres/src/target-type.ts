/** Target types: what a column of a target table holds, with domains, arrays and composites resolved. */

import { type Session, type TextRow } from "./session.ts";

/** A type of the database, as far as it decides what a value becomes there. */
export type TargetType =
  | {
      readonly kind: "scalar";
      /** As `pg_type` names it, like `int4`. */
      readonly name: string;
      /** Its `typcategory`. */
      readonly category: string;
      /** Length, precision and scale as the server encodes them; -1 for none. */
      readonly modifier: number;
    }
  | { readonly kind: "array"; readonly element: TargetType }
  | {
      readonly kind: "composite";
      readonly fields: readonly { readonly name: string; readonly type: TargetType }[];
    };

const TYPE = `SELECT t.typname AS name, t.typtype AS kind, t.typcategory AS category,
       t.typbasetype AS base, t.typtypmod AS base_modifier, t.typelem AS element, t.typrelid AS relation
  FROM pg_catalog.pg_type t WHERE t.oid = $1`;

const FIELDS = `SELECT a.attname AS name, a.atttypid AS oid, a.atttypmod AS modifier
  FROM pg_catalog.pg_attribute a
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/** Reads a type from the catalog: of a domain, what it is based on. */
export async function targetType(
  session: Session,
  oid: unknown,
  modifier: number,
): Promise<TargetType> {
  const [row] = await session.rows(TYPE, [oid]);
  if (row === undefined) throw new Error(`the database has no type ${String(oid)}`);
  if (row["kind"] === "d") {
    const own = Number(row["base_modifier"]);
    return targetType(session, row["base"], own === -1 ? modifier : own);
  }
  if (row["category"] === "A") {
    return { kind: "array", element: await targetType(session, row["element"], modifier) };
  }
  if (row["kind"] === "c") return composite(session, row);
  return {
    kind: "scalar",
    name: String(row["name"]),
    category: String(row["category"]),
    modifier,
  };
}

async function composite(session: Session, { relation }: TextRow): Promise<TargetType> {
  const rows = await session.rows(FIELDS, [relation]);
  const fields: { readonly name: string; readonly type: TargetType }[] = [];
  for (const row of rows) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const type = await targetType(session, row["oid"], Number(row["modifier"]));
    fields.push({ name: String(row["name"]), type });
  }
  return { kind: "composite", fields };
}
