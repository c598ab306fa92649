export { type DuckdbOptions, duckdbEngines } from "./duckdb-engines.ts";
