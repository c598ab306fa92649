/** Unnamed fields: what the fields of a row are called that SQL gives no name, as in `ROW(1, 'a')`. */

import {
  DuckDBArrayType,
  type DuckDBDataChunk,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
} from "@duckdb/node-api";
import { distinctNames } from "@tidemark/program";

/** The rows of a chunk. DuckDB hands out the fields of a row by name, so unnamed ones get a name before. */
export function rowsOfChunk(chunk: DuckDBDataChunk): ReturnType<DuckDBDataChunk["getRows"]> {
  for (let column = 0; column < chunk.columnCount; column += 1) {
    nameFields(chunk.getColumnVector(column).type);
  }
  return chunk.getRows();
}

/** Gives every field of every row within a type a name of its own; the vectors of its values share the type. */
function nameFields(type: DuckDBType): void {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    nameFields(type.valueType);
  } else if (type instanceof DuckDBMapType) {
    nameFields(type.keyType);
    nameFields(type.valueType);
  } else if (type instanceof DuckDBStructType) {
    Object.assign(type.entryNames, distinctNames(type.entryNames));
    for (const entry of type.entryTypes) nameFields(entry);
  }
}
