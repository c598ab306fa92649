/** PostgreSQL for tests: a database to use, or a whole server to mistreat. */
import {
  createDatabase,
  databaseAt,
  type Database,
  type OwnDatabase,
} from "./postgres-database.ts";
import { findPostgresPrograms } from "./postgres-programs.ts";
import { PostgresServer } from "./postgres-server.ts";
import { addressFrom, type Found } from "./requirement.ts";
import { withSystem } from "./with-system.ts";

/**
 * Describes tests that need a PostgreSQL database and do nothing to its server: on the one that
 * `TIDEMARK_POSTGRES` names (a superuser's URL; `wal_level=logical`), or on a server of their own.
 */
export function withPostgres(body: (database: () => OwnDatabase) => void): void {
  withSystem({ name: "PostgreSQL", find: findDatabase }, body);
}

/** Describes tests that stop, kill, pause or promote a PostgreSQL server, which is always their own. */
export function withPostgresServer(body: (server: () => PostgresServer) => void): void {
  withSystem({ name: "a PostgreSQL server", find: findServer }, body);
}

/** The database for `withPostgres`, on whichever server there is. */
export function findDatabase(): Found<() => Promise<OwnDatabase>> {
  const url = addressFrom("TIDEMARK_POSTGRES");
  if (url !== undefined) {
    return { kind: "found", value: () => createDatabase(databaseAt(url)) };
  }
  const found = findServer();
  if (found.kind === "missing") return found;
  return { kind: "found", value: async () => databaseOn(await found.value()) };
}

function findServer(): Found<() => Promise<PostgresServer>> {
  const programs = findPostgresPrograms();
  if (programs.kind === "missing") return programs;
  return { kind: "found", value: () => PostgresServer.create(programs.value) };
}

/** A database that takes its server along when it is disposed of. */
async function databaseOn(server: PostgresServer & Database): Promise<OwnDatabase> {
  const database = await createDatabase(server);
  return { ...database, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
