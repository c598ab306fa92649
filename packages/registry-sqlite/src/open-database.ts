/** Opening the registry's file: durable, locked for one process, and of the newest schema. */

import { DatabaseSync } from "node:sqlite";

import { RegistryError } from "./registry-error.ts";

/** Marks the file as ours: "Tide" in ASCII. */
const APPLICATION_ID = 0x54696465;

/** Statements that bring a file from each schema version to the next; only ever appended to. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE pipeline (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     tenant TEXT NOT NULL,
     name TEXT NOT NULL,
     refresh_version INTEGER NOT NULL,
     document TEXT NOT NULL,
     UNIQUE (tenant, name)
   ) STRICT`,
  `CREATE TABLE api_key (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     tenant TEXT NOT NULL,
     name TEXT NOT NULL,
     role TEXT NOT NULL,
     digest TEXT NOT NULL UNIQUE,
     created_at_ms INTEGER NOT NULL,
     UNIQUE (tenant, name)
   ) STRICT`,
];

/** Opens the file, which is created if need be; throws `RegistryError` where it can't be used. */
export function openDatabase(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path);
    try {
      db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0");
      check(db, path);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      migrate(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw error instanceof RegistryError
      ? error
      : new RegistryError(why(path, error), { cause: error });
  }
}

function check(db: DatabaseSync, path: string): void {
  const version = pragma(db, "user_version");
  const application = pragma(db, "application_id");
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
  if (application !== APPLICATION_ID && (application !== 0 || version !== 0 || tables !== 0)) {
    throw new RegistryError(`'${path}' is another program's database, not a registry`);
  }
  if (version > MIGRATIONS.length) {
    throw new RegistryError(
      `registry '${path}' has schema version ${version}, and this program knows versions up to ${MIGRATIONS.length}: it was written by a newer one; use that, or another data directory`,
    );
  }
}

function migrate(db: DatabaseSync): void {
  db.exec("BEGIN EXCLUSIVE");
  try {
    for (const statement of MIGRATIONS.slice(pragma(db, "user_version"))) db.exec(statement);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function why(path: string, error: unknown): string {
  const code = sqliteCode(error);
  if (code === 26) return `'${path}' is not a registry: it is no SQLite database`;
  if (code === 5) return `registry '${path}' is in use by another process`;
  if (code === 11) return `registry '${path}' is damaged`;
  if (code === 14)
    return `registry '${path}' can't be opened: is its directory there and writable?`;
  return `registry '${path}' can't be opened: ${error instanceof Error ? error.message : String(error)}`;
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}
