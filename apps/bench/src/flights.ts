/** The rows that ingest is measured with, and bare DuckDB storage to measure against. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** A row of five columns, as JavaScript values. */
export interface Flight {
  readonly id: number;
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
  readonly origin: string;
}

/** The table's columns, for our programs and for bare DuckDB alike. */
export const COLUMNS = "id BIGINT, delay INTEGER, distance INTEGER, time DOUBLE, origin VARCHAR";

/** Rows that are the same at every run. */
export function flights(rows: number): readonly Flight[] {
  return Array.from({ length: rows }, (_, id) => ({
    id,
    delay: (id * 7919) % 240,
    distance: 100 + ((id * 104_729) % 2500),
    time: ((id * 31) % 1440) / 60,
    origin: `A${String((id * 17) % 300).padStart(3, "0")}`,
  }));
}

/** A bare database in a file of its own, gone when disposed. */
export async function bareDatabase(): Promise<
  { readonly connection: DuckDBConnection } & AsyncDisposable
> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  const instance = await DuckDBInstance.create(join(directory, "bare.duckdb"));
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE flights (${COLUMNS})`);
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      connection.closeSync();
      instance.closeSync();
      await rm(directory, { recursive: true });
    },
  };
}

/** Appends the rows value by value, a durable commit each so many; answers rows a second. */
export async function appendBare(
  connection: DuckDBConnection,
  rows: readonly Flight[],
  batch: number,
): Promise<number> {
  const began = performance.now();
  for (let start = 0; start < rows.length; start += batch) {
    await connection.run("BEGIN");
    const appender = await connection.createAppender("flights");
    for (const row of rows.slice(start, start + batch)) {
      appender.appendBigInt(BigInt(row.id));
      appender.appendInteger(row.delay);
      appender.appendInteger(row.distance);
      appender.appendDouble(row.time);
      appender.appendVarchar(row.origin);
      appender.endRow();
    }
    appender.closeSync();
    await connection.run("COMMIT");
  }
  return rows.length / ((performance.now() - began) / 1000);
}
