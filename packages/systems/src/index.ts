/** Real systems for tests, and what can go wrong with them. */
export { type Database, type OwnDatabase, type Row } from "./postgres-database.ts";
export {
  createDatabase,
  createSlot,
  databaseAt,
  dropSlot,
  recreateSlot,
} from "./postgres-database.ts";
export { PostgresServer, type StandbyOptions } from "./postgres-server.ts";
export { withPostgres, withPostgresServer } from "./postgres.ts";
