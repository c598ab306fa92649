/**
 * Pinned settings: what a server's configuration, a database or a role may set otherwise, and what
 * would then read or write other values, other rows, or nothing in time.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */

import { type Client } from "pg";

/** How values are written and read as text. */
const VALUES = {
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  timezone_abbreviations: "Default",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmlbinary: "base64",
  xmloption: "content",
  lc_monetary: "C",
  lc_numeric: "C",
  lc_time: "C",
  client_encoding: "UTF8",
  array_nulls: "on",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  backslash_quote: "safe_encoding",
  transform_null_equals: "off",
};

/** Which rows a statement sees and writes: with row security off, one that would see a part fails. */
const ROWS = {
  row_security: "off",
  gin_fuzzy_search_limit: "0",
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
};

/** A copy may take its time, and the connection that holds its snapshot is idle meanwhile. */
const TIMES = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0",
};

const PINNED = Object.entries({ ...VALUES, ...ROWS, ...TIMES })
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(", ");

/**
 * Not every version has every setting. A commit that is acknowledged has to outlive a crash, so a
 * weaker `synchronous_commit` is made the default one; a stronger one is left.
 */
const PIN = `SET statement_timeout = 0;
SELECT pg_catalog.set_config(s.name, p.value, false)
  FROM (VALUES ${PINNED}) AS p (name, value) JOIN pg_catalog.pg_settings AS s USING (name);
SELECT pg_catalog.set_config('synchronous_commit', 'on', false)
 WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`;

/** Names of objects are written as the search path needs them, and all our statements name schemas. */
const PIN_NAMES = "SELECT pg_catalog.set_config('search_path', '', false)";

/** Whose names a session's statements hold: ours, with their schemas, or a user's, by the search path. */
export type Names = "ours" | "user's";

/**
 * Pins the settings of a connection that was just made, plain or for replication. What a session sets
 * by itself wins over what its server, database and role, and its connection string, have set.
 */
export async function pinSettings(client: Client, names: Names = "ours"): Promise<void> {
  await client.query(names === "ours" ? `${PIN};\n${PIN_NAMES}` : PIN);
}
