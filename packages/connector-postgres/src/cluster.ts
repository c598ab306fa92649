/** Clusters: which server this is, and what it is set up for. */

import { ConfigError } from "@tidemark/connector";

import { type Session } from "./session.ts";
import { invalid, type Target } from "./target.ts";

/** What makes LSNs comparable. */
export interface Cluster {
  /** Of the cluster, kept by its standbys. */
  readonly systemIdentifier: string;
  readonly databaseOid: string;
  /** Goes up when a standby is promoted, or a backup restored. */
  readonly timeline: number;
}

/** The oldest version whose logical decoding and views are what this package uses. */
const LEAST_VERSION = 14;

/** Reads it; throws `ConfigError` where the server can't be followed. */
export async function clusterOf(session: Session, target: Target): Promise<Cluster> {
  const [row] = await session.rows(
    `SELECT current_setting('server_version_num')::int / 10000 AS version,
            current_setting('wal_level') AS wal_level,
            (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
            CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END AS segment,
            (SELECT oid FROM pg_database WHERE datname = current_database()) AS database_oid`,
  );
  const version = Number(row?.["version"]);
  if (version < LEAST_VERSION) {
    throw invalid(
      "uri",
      `leads to PostgreSQL ${version} at ${target.shown}; it has to be ${LEAST_VERSION} or later`,
    );
  }
  if (row?.["wal_level"] !== "logical") {
    throw new ConfigError(
      "transport.config.uri",
      `PostgreSQL at ${target.shown} has wal_level=${String(row?.["wal_level"])}; set it to logical and restart the server`,
    );
  }
  if (row["segment"] === "") {
    throw invalid(
      "uri",
      `leads to a standby at ${target.shown}; changes and slots are read from the primary`,
    );
  }
  return {
    systemIdentifier: String(row["system_identifier"]),
    databaseOid: String(row["database_oid"]),
    timeline: timelineOf(row["segment"]),
  };
}

/** The timeline of a segment of the log, which its name begins with. */
export function timelineOf(segment: unknown): number {
  return Number.parseInt(String(segment).slice(0, 8), 16);
}
