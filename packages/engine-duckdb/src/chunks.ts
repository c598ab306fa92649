/** Chunks: rows laid out by column, as DuckDB's appender takes them. */

import { DuckDBDataChunk, type DuckDBType, type DuckDBValue } from "@duckdb/node-api";
import { type Row, type Value } from "@tidemark/connector";

import { type Writer } from "./write-value.ts";

/** One column of a chunk. */
export interface ChunkColumn {
  /** `{table}.{column}`, for messages. */
  readonly label: string;
  readonly type: DuckDBType;
  /** The same type as SQL spells it. */
  readonly sqlType: string;
  readonly write: Writer;
}

const CHUNK_ROWS = 2048;

/** Lays rows out; a value that does not fit its column is a `TypeError` that names the column. */
export function chunksOf(
  columns: readonly ChunkColumn[],
  rows: readonly Row[],
): readonly DuckDBDataChunk[] {
  const types = columns.map((column) => column.type);
  const chunks: DuckDBDataChunk[] = [];
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const part = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    for (const [i, column] of columns.entries()) fillColumn(chunk, i, column, part);
    chunks.push(chunk);
  }
  return chunks;
}

/** A value as DuckDB takes it; one that does not fit its column is a `TypeError` that names the column. */
export function valueOf({ label, write }: ChunkColumn, value: Value): DuckDBValue {
  try {
    return write(value);
  } catch (fault) {
    const detail = fault instanceof Error ? fault.message : String(fault);
    throw new TypeError(`a value for ${label} can't be stored: ${detail}`, { cause: fault });
  }
}

function fillColumn(
  chunk: DuckDBDataChunk,
  index: number,
  column: ChunkColumn,
  rows: readonly Row[],
): void {
  const values = rows.map((row) => valueOf(column, row[index] ?? null));
  try {
    chunk.setColumnValues(index, values);
  } catch (fault) {
    const detail = fault instanceof Error ? fault.message : String(fault);
    throw new TypeError(`a value for ${column.label} can't be stored: ${detail}`, { cause: fault });
  }
}
