/** Reads Parquet back with DuckDB, as the values that were written. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampValue,
  DuckDBTimeNSValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import { type Value } from "@tidemark/connector";

/** What a file holds. */
export interface ReadParquet {
  readonly types: readonly string[];
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** Reads the bytes of a Parquet file. */
export async function readParquet(
  connection: DuckDBConnection,
  bytes: Uint8Array,
): Promise<ReadParquet> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-parquet-"));
  try {
    const path = join(folder, "file.parquet");
    await writeFile(path, bytes);
    const read = await connection.runAndReadAll("SELECT * FROM read_parquet($1)", [path]);
    return {
      types: read.columnTypes().map(String),
      names: read.columnNames(),
      rows: read.getRows().map((row) => row.map(valueOf)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function valueOf(value: DuckDBValue): Value {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBListValue) return value.items.map(valueOf);
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(valueOf);
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((entry) => [valueOf(entry.key), valueOf(entry.value)]);
  }
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimeNSValue || value instanceof DuckDBTimestampNanosecondsValue) {
    return value.nanos;
  }
  if (value instanceof DuckDBTimeValue || value instanceof DuckDBTimestampValue) {
    return value.micros * 1000n;
  }
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
  if (value instanceof DuckDBUUIDValue) return value.toString();
  throw new Error(`unexpected ${value.constructor.name}`);
}
