/** A database that tests may fill as they like: on our own server, or on one the environment names. */
import { randomUUID } from "node:crypto";
import { Client } from "pg";

/** One row, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** A database, and how to reach it. */
export interface Database {
  /** With user and password; the user may do everything. */
  readonly url: string;
  /** Runs SQL on a connection of its own and answers the rows. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A database that is dropped on disposal, with its replication slots and whoever uses them. */
export interface OwnDatabase extends Database, AsyncDisposable {
  readonly name: string;
}

/** The database that a URL names. */
export function databaseAt(url: string): Database {
  return { url, query: (sql, values = []) => queryOnce(url, sql, values) };
}

/** A new and empty database on the same server. */
export async function createDatabase(beside: Database): Promise<OwnDatabase> {
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  await beside.query(`CREATE DATABASE ${name}`);
  const url = new URL(beside.url);
  url.pathname = `/${name}`;
  return {
    name,
    ...databaseAt(url.href),
    async [Symbol.asyncDispose]() {
      for (const slot of await beside.query(SLOTS_OF, [name])) {
        await dropSlot(beside, String(slot["slot_name"]));
      }
      await beside.query(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

const SLOTS_OF = "SELECT slot_name FROM pg_replication_slots WHERE database = $1";

/** Drops a replication slot; whoever reads from it is disconnected first. */
export async function dropSlot(database: Database, name: string): Promise<void> {
  // A reader may come back between the two, so both are tried until the slot is gone.
  for (;;) {
    const [slot] = await database.query(FREE_SLOT, [name]);
    if (slot === undefined) throw new Error(`there is no slot ${name}`);
    try {
      await database.query("SELECT pg_drop_replication_slot($1)", [name]);
      return;
    } catch (error) {
      if (!isInUse(error)) throw error;
    }
  }
}

const FREE_SLOT =
  "SELECT pg_terminate_backend(active_pid, 1000) FROM pg_replication_slots WHERE slot_name = $1";

/** Makes a logical slot, at the server's position now. */
export async function createSlot(
  database: Database,
  name: string,
  plugin = "pgoutput",
): Promise<void> {
  await database.query("SELECT pg_create_logical_replication_slot($1, $2)", [name, plugin]);
}

/** Drops a slot and makes another of the same name at once, so that what lay between is in neither. */
export async function recreateSlot(database: Database, name: string): Promise<void> {
  await dropSlot(database, name);
  await createSlot(database, name);
}

/** SQLSTATE `object_in_use`. */
function isInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "55006";
}

async function queryOnce(
  connectionString: string,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_LIMIT_MS });
  // A server that is killed ends idle connections by an event, which is nobody's fault here.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Row>(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/** A server that is paused takes connections and never answers. */
const CONNECT_LIMIT_MS = 30_000;
