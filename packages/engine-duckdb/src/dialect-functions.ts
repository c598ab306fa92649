/** Functions of programs that DuckDB lacks or counts otherwise, as macros. */

import { createHash } from "node:crypto";

import { type DuckDBConnection } from "@duckdb/node-api";

import { logicalTextSql } from "./naming.ts";

/** How a function's calls are renamed. */
export interface RenamedFunction {
  /** The macro that does it. */
  readonly name: string;
  /** Which argument is a unit of time, which DuckDB takes as a text; calls without one stay. */
  readonly unit: "none" | "first" | "last";
  /** Whether the first argument is a format: calls stay unless all of it means the same to DuckDB. */
  readonly format?: true;
}

/** Units of time, and DuckDB's names of them. */
export const UNITS: ReadonlyMap<string, string> = new Map(
  [
    "millennium",
    "century",
    "decade",
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
  ].flatMap((unit) => [
    [unit.toUpperCase(), unit],
    [`${unit.toUpperCase()}S`, unit],
    [`SQL_TSI_${unit.toUpperCase()}`, unit],
  ]),
);

/** Functions by their names in programs. */
export const CALLS: ReadonlyMap<string, RenamedFunction> = new Map<string, RenamedFunction>([
  ["TIMESTAMPDIFF", { name: "tidemark_timestampdiff", unit: "first" }],
  ["DATEDIFF", { name: "tidemark_timestampdiff", unit: "first" }],
  ["TIMESTAMPADD", { name: "tidemark_timestampadd", unit: "first" }],
  ["DATE_TRUNC", { name: "tidemark_trunc", unit: "last" }],
  ["TIMESTAMP_TRUNC", { name: "tidemark_trunc", unit: "last" }],
  ["TIME_TRUNC", { name: "tidemark_time_trunc", unit: "last" }],
  ["DAYOFWEEK", { name: "tidemark_dow", unit: "none" }],
  ["NOW", { name: "tidemark_now", unit: "none" }],
  ["TYPEOF", { name: "tidemark_typeof", unit: "none" }],
  ["PARSE_JSON", { name: "tidemark_parse_json", unit: "none" }],
  ["TO_JSON", { name: "tidemark_to_json", unit: "none" }],
  ["VARIANTNULL", { name: "tidemark_variantnull", unit: "none" }],
  ["BIN2UTF8", { name: "tidemark_bin2utf8", unit: "none" }],
  ["FORMAT_DATE", { name: "tidemark_format_date", unit: "none", format: true }],
  ["PARSE_DATE", { name: "tidemark_parse_date", unit: "none", format: true }],
  ["PARSE_TIME", { name: "tidemark_parse_time", unit: "none", format: true }],
  ["PARSE_TIMESTAMP", { name: "tidemark_parse_timestamp", unit: "none", format: true }],
]);

/** What `EXTRACT` of some units is called. */
export const EXTRACTS: ReadonlyMap<string, string> = new Map([
  ["DOW", "tidemark_dow"],
  ["EPOCH", "tidemark_epoch"],
  ["NANOSECOND", "tidemark_nanosecond"],
]);

/** Whether a format has only parts that mean the same to DuckDB, which takes a blank as just one. */
export function isCommonFormat(format: string): boolean {
  return format === format.trim() && /^(?:[^%\s]|\s(?!\s)|%[YmdHMSybBaAjIp%])*$/u.test(format);
}

/** Nanoseconds beyond the microsecond, never negative. */
const FINE = (of: string): string => `((epoch_ns(${of}) % 1000 + 1000) % 1000)`;

/** The microsecond that a timestamp of nanoseconds lies in. */
const COARSE = (of: string): string => `make_timestamp((epoch_ns(${of}) - ${FINE(of)}) // 1000)`;

const INTERVAL = `CASE unit WHEN 'year' THEN to_years(CAST(n AS INTEGER))
  WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER))
  WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'week' THEN to_days(CAST(7 * n AS INTEGER))
  WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'hour' THEN to_hours(n)
  WHEN 'minute' THEN to_minutes(n) WHEN 'second' THEN to_seconds(n)
  WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'microsecond' THEN to_microseconds(n) END`;

/** Only whole units count; the nanoseconds decide where the microseconds are the same. */
const TIMESTAMPDIFF_NS = `CAST(date_sub(unit, ${COARSE("a")}, ${COARSE("b")} + to_microseconds(
  CASE WHEN a <= b AND ${FINE("b")} < ${FINE("a")} THEN -1
  WHEN a > b AND ${FINE("b")} > ${FINE("a")} THEN 1 ELSE 0 END)) AS INTEGER)`;

const TYPE_NAMES = `CASE variant_typeof(CAST(v AS VARIANT)) WHEN 'INT8' THEN 'TINYINT'
  WHEN 'INT16' THEN 'SMALLINT' WHEN 'INT32' THEN 'INTEGER' WHEN 'INT64' THEN 'BIGINT'
  WHEN 'UINT8' THEN 'TINYINT UNSIGNED' WHEN 'UINT16' THEN 'SMALLINT UNSIGNED'
  WHEN 'UINT32' THEN 'INTEGER UNSIGNED' WHEN 'UINT64' THEN 'BIGINT UNSIGNED'
  WHEN 'FLOAT' THEN 'REAL' WHEN 'BLOB' THEN 'VARBINARY' WHEN 'BOOL_TRUE' THEN 'BOOLEAN'
  WHEN 'BOOL_FALSE' THEN 'BOOLEAN' WHEN 'VARIANT_NULL' THEN 'VARIANT'
  WHEN 'TIMESTAMP_MICROS' THEN 'TIMESTAMP' WHEN 'TIMESTAMP_NANOS' THEN 'TIMESTAMP'
  WHEN 'TIME_MICROS' THEN 'TIME' WHEN 'TIME_NANOS' THEN 'TIME'
  ELSE CASE WHEN variant_typeof(CAST(v AS VARIANT)) LIKE 'OBJECT(%' THEN 'MAP'
  ELSE regexp_replace(variant_typeof(CAST(v AS VARIANT)), '\\(.*', '') END END`;

const MACROS: Readonly<Record<string, readonly string[]>> = {
  tidemark_timestampdiff: [
    "(unit, a TIMESTAMP, b TIMESTAMP) AS CAST(date_sub(unit, a, b) AS INTEGER)",
    `(unit, a TIMESTAMP_NS, b TIMESTAMP_NS) AS ${TIMESTAMPDIFF_NS}`,
  ],
  tidemark_timestampadd: [
    `(unit, n, t TIMESTAMP) AS t + ${INTERVAL}`,
    `(unit, n, t TIMESTAMP_NS) AS
      make_timestamp_ns(epoch_ns(CAST(${COARSE("t")} + ${INTERVAL} AS TIMESTAMP_NS)) + ${FINE("t")})`,
  ],
  tidemark_trunc: [
    "(t DATE, unit) AS CAST(date_trunc(unit, t) AS DATE)",
    "(t TIMESTAMP, unit) AS date_trunc(unit, t)",
    "(t TIMESTAMP_NS, unit) AS CAST(date_trunc(unit, t) AS TIMESTAMP_NS)",
  ],
  tidemark_time_trunc: [
    `(t TIME_NS, unit) AS CAST(make_time(hour(t),
      CASE WHEN unit = 'hour' THEN 0 ELSE minute(t) END,
      CASE WHEN unit = 'second' THEN second(t) ELSE 0 END) AS TIME_NS)`,
  ],
  tidemark_dow: ["(t) AS dayofweek(t) + 1"],
  tidemark_epoch: [
    "(t TIMESTAMP) AS (epoch_us(t) - ((epoch_us(t) % 1000000 + 1000000) % 1000000)) // 1000000",
  ],
  tidemark_nanosecond: [
    "(t TIMESTAMP) AS microsecond(t) * 1000",
    "(t TIMESTAMP_NS) AS (epoch_ns(t) % 60000000000 + 60000000000) % 60000000000",
    "(t TIME_NS) AS epoch_ns(t) % 60000000000",
  ],
  tidemark_now: ["() AS make_timestamp(epoch_us(now()))"],
  tidemark_typeof: [`(v) AS ${TYPE_NAMES}`],
  tidemark_parse_json: ["(t) AS CAST(TRY_CAST(t AS JSON) AS VARIANT)"],
  tidemark_to_json: [`(v) AS ${logicalTextSql("CAST(CAST(v AS JSON) AS VARCHAR)")}`],
  tidemark_variantnull: ["() AS CAST('null' AS JSON)"],
  tidemark_bin2utf8: ["(b) AS TRY(decode(CAST(b AS BLOB)))"],
  tidemark_format_date: ["(f, t) AS strftime(CAST(t AS DATE), f)"],
  tidemark_parse_date: ["(f, t) AS CAST(try_strptime(t, f) AS DATE)"],
  tidemark_parse_time: ["(f, t) AS CAST(CAST(try_strptime(t, f) AS TIME) AS TIME_NS)"],
  tidemark_parse_timestamp: ["(f, t) AS try_strptime(t, f)"],
};

/** Names of macros that always answer the same for the same arguments. */
export const PURE_MACROS: readonly string[] = Object.keys(MACROS).filter(
  (name) => name !== "tidemark_now",
);

const STATEMENTS = Object.entries(MACROS)
  .map(([name, overloads]) => `CREATE OR REPLACE MACRO ${name} ${overloads.join(", ")};`)
  .join("\n");

/** Identity of the macros: changes when one of them does. */
export const MACROS_DIGEST: string = createHash("sha256").update(STATEMENTS).digest("base64url");

/** Makes the macros that rewritten calls name, in place of those that are there. */
export async function createMacros(connection: DuckDBConnection): Promise<void> {
  await connection.run(STATEMENTS);
}
