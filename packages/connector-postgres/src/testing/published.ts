/** Tables of a database for tests, published, and what a connector of each is configured with. */

import { type OwnDatabase } from "@tidemark/systems";

/** A table, and the configuration of a source of its changes. */
export interface Published {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

/** What a table is made with. */
export interface PublishedOptions {
  /** Without one, its changes carry whole rows. */
  readonly key?: boolean;
  readonly rows?: number;
}

let names = 0;

/** A table of its own in the database. */
export async function published(
  database: OwnDatabase,
  { key = true, rows = 0 }: PublishedOptions = {},
): Promise<Published> {
  const name = `t${(names += 1)}`;
  await database.query(`CREATE TABLE ${name} (id bigint ${key ? "PRIMARY KEY" : ""}, name text)`);
  if (!key) await database.query(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
  await database.query(
    `INSERT INTO ${name} SELECT i, 'row ' || i FROM generate_series(1, ${rows}) i`,
  );
  await database.query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
  return { name, config: configured(database, name) };
}

/** What a source of a table's changes is configured with, through a publication of the table's name. */
export function configured(
  database: OwnDatabase,
  name: string,
  table = `public.${name}`,
): Published["config"] {
  return {
    uri: database.url,
    publication: `p_${name}`,
    source_table: table,
    slot: `slot_${name}_${database.name.slice(-12)}`,
  };
}
