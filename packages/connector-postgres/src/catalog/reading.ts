/** Catalog readings: the shape of one table, by one statement. */

import { type Client } from "pg";

import { timelineOf } from "../cluster.ts";
import { AS_TEXT, type Session, type TextRow } from "../session.ts";
import { type SeenShape, shapeOf } from "./shape.ts";

/** What is read about. */
export interface CatalogSubject {
  readonly oid: number;
  readonly publication: string;
  /** The source's names of our columns. */
  readonly columns: readonly string[];
  /** The source's names of the columns of our primary key; empty for a table without one. */
  readonly key: readonly string[];
}

/** Types whose own definition changes what stored values read as. */
interface NamedTypes {
  readonly enums: string;
  readonly rows: string;
}

/** Runs one statement. */
export type Run = (
  sql: string,
  values: readonly unknown[],
  options?: { readonly name?: string },
) => Promise<readonly TextRow[]>;

const TYPES = `WITH RECURSIVE t(oid) AS (
  SELECT atttypid FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND attname = ANY ($2::text[])
  UNION
  SELECT u.x FROM t JOIN pg_type p ON p.oid = t.oid, LATERAL (
    SELECT p.typelem UNION ALL SELECT p.typbasetype
    UNION ALL SELECT rngsubtype FROM pg_range WHERE rngtypid = p.oid
    UNION ALL SELECT atttypid FROM pg_attribute
      WHERE attrelid = p.typrelid AND p.typrelid <> 0 AND attnum > 0 AND NOT attisdropped) u(x)
  WHERE u.x <> 0)
SELECT coalesce(array_agg(p.oid) FILTER (WHERE p.typtype = 'e'), '{}')::text AS enums,
       coalesce(array_agg(p.typrelid) FILTER (WHERE p.typrelid <> 0), '{}')::text AS rows,
       current_setting('server_version_num')::int >= 150000 AS schemas
  FROM t JOIN pg_type p ON p.oid = t.oid`;

/** Whether the replica identity of `c` carries our key, or the whole row where we have none. */
const CARRIES = `CASE WHEN c.relreplident = 'f' THEN true WHEN $4::text[] = '{}' THEN false ELSE coalesce((
    SELECT array_agg(a.attname::text) @> $4::text[]
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid
       AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END), false) END`;

const UNIQUE = `EXISTS (SELECT FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND (SELECT bool_and(a.attname::text = ANY ($4::text[]))
             FROM pg_attribute a WHERE a.attrelid = c.oid
              AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])))`;

const SCHEMAS = `coalesce((SELECT json_agg(pn.oid::text ORDER BY pn.oid) FROM pg_publication_namespace pn
  JOIN pg_class c ON c.relnamespace = pn.pnnspid WHERE pn.pnpubid = p.oid AND c.oid = $1::oid), '[]')`;

function shapeSql(schemas: boolean): string {
  return `WITH RECURSIVE below AS (
  SELECT inhrelid AS oid, ARRAY[xmin::text] AS attached FROM pg_inherits WHERE inhparent = $1::oid
  UNION ALL
  SELECT i.inhrelid, b.attached || i.xmin::text FROM pg_inherits i JOIN below b ON i.inhparent = b.oid),
above AS (
  SELECT inhparent AS oid FROM pg_inherits WHERE inhrelid = $1::oid
  UNION ALL
  SELECT i.inhparent FROM pg_inherits i JOIN above a ON i.inhrelid = a.oid)
SELECT pg_is_in_recovery() AS standby,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_insert_lsn()) END AS segment,
  pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
  json_build_object(
  'table', (SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
      'persistence', c.relpersistence, 'node', c.relfilenode::text, 'carries', ${CARRIES}, 'unique', ${UNIQUE})
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid),
  'columns', coalesce((SELECT json_agg(json_build_object('name', attname, 'number', attnum, 'type', atttypid::text,
      'modifier', atttypmod, 'changed', xmin::text) ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attname = ANY ($3::text[])), '[]'),
  'publication', (SELECT json_build_object('oid', p.oid::text, 'changed', p.xmin::text, 'byRoot', p.pubviaroot,
      'tables', coalesce((SELECT json_agg(json_build_array(pr.prrelid::text, pr.oid::text) ORDER BY pr.oid) FROM pg_publication_rel pr
        WHERE pr.prpubid = p.oid AND (pr.prrelid = $1::oid OR pr.prrelid IN (SELECT oid FROM above))), '[]'),
      'schemas', ${schemas ? SCHEMAS : "'[]'::json"})
    FROM pg_publication p WHERE p.pubname = $2),
  'above', coalesce((SELECT json_agg(oid::text ORDER BY oid) FROM above), '[]'),
  'below', coalesce((SELECT json_agg(json_build_object('oid', c.oid::text, 'name', n.nspname || '.' || c.relname,
      'attached', b.attached, 'kind', c.relkind, 'persistence', c.relpersistence, 'node', c.relfilenode::text,
      'changed', c.xmin::text, 'carries', ${CARRIES}) ORDER BY c.oid)
    FROM below b JOIN pg_class c ON c.oid = b.oid JOIN pg_namespace n ON n.oid = c.relnamespace), '[]'),
  'labels', coalesce((SELECT json_agg(json_build_array(oid::text, enumlabel) ORDER BY oid)
    FROM pg_enum WHERE enumtypid = ANY ($5::oid[])), '[]'),
  'fields', coalesce((SELECT json_agg(format('%s.%s %s %s', attrelid, attnum, attname, atttypid) ORDER BY attrelid, attnum)
    FROM pg_attribute WHERE attrelid = ANY ($6::oid[]) AND attnum > 0 AND NOT attisdropped), '[]')
  )::text AS shape`;
}

/** A shape, and the timeline of the server that showed it. */
export interface ReadShape extends SeenShape {
  readonly timeline: number;
}

/** Reads shapes of one table; which types its columns have is read once. */
export class CatalogReader {
  readonly subject: CatalogSubject;
  #types: (NamedTypes & { readonly sql: string }) | undefined;

  constructor(subject: CatalogSubject) {
    this.subject = subject;
  }

  /** The shape as the statement's snapshot has it. */
  async read(run: Run): Promise<ReadShape> {
    const { oid, publication, columns, key } = this.subject;
    const { enums, rows, sql } = (this.#types ??= await this.#namedTypes(run));
    const [row] = await run(sql, [oid, publication, columns, key, enums, rows], {
      name: "tidemark_shape",
    });
    if (row?.["standby"] === "t") throw new Error("the server is a standby, whose catalog may lag");
    const text = String(row?.["shape"]);
    const timeline = timelineOf(row?.["segment"]);
    return { shape: shapeOf(text), text, horizon: String(row?.["horizon"]), timeline };
  }

  async #namedTypes(run: Run): Promise<NamedTypes & { readonly sql: string }> {
    const [row] = await run(TYPES, [this.subject.oid, this.subject.columns]);
    const sql = shapeSql(row?.["schemas"] === "t");
    return { enums: String(row?.["enums"]), rows: String(row?.["rows"]), sql };
  }
}

/** Runs statements on a session, which plans each of them once. */
export function onSession(session: Session): Run {
  return (sql, values, options) => session.rows(sql, values, options);
}

/** Runs statements in a client's own transaction. */
export function onClient(client: Client): Run {
  return async (sql, values) => {
    const query = { text: sql, values: [...values], types: AS_TEXT };
    const { rows } = await client.query<TextRow>(query);
    return rows;
  };
}
