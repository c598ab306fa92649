/** Chunks: rows laid out by column, as DuckDB's appender takes them. */

import { DuckDBDataChunk, type DuckDBType } from "@duckdb/node-api";
import { type Row } from "@tidemark/connector";

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

function fillColumn(
  chunk: DuckDBDataChunk,
  index: number,
  { label, write }: ChunkColumn,
  rows: readonly Row[],
): void {
  try {
    chunk.setColumnValues(
      index,
      rows.map((row) => write(row[index] ?? null)),
    );
  } catch (fault) {
    const detail = fault instanceof Error ? fault.message : String(fault);
    throw new TypeError(`a value for ${label} can't be stored: ${detail}`, { cause: fault });
  }
}
