/** Converts rows of Parquet files into rows of a table, its columns found by name. */

import { type Value } from "@tidemark/connector";
import { type Column, type Table } from "@tidemark/program";
import { type SchemaTree } from "hyparquet";

import { isJsonObject } from "./json-fields.ts";
import { type ParquetRowReader } from "./parquet-decoder.ts";
import { childNamed, fieldReader } from "./parquet-value.ts";
import { ValueFault, wrongType } from "./value-fault.ts";

/** Builds the reader of one file's rows; throws `ValueFault` where a column does not fit. */
export function parquetRowReader(table: Table, root: SchemaTree): ParquetRowReader {
  const columns = table.columns.map((column) => columnReader(column, table, root));
  return (row) => {
    if (!isJsonObject(row)) throw wrongType(row, "a row");
    return columns.map((read): Value | undefined => read(row));
  };
}

type ColumnReader = (row: Readonly<Record<string, unknown>>) => Value | undefined;

function columnReader(column: Column, { columns }: Table, root: SchemaTree): ColumnReader {
  const { name } = column.id;
  const ids = columns.map(({ id }) => id);
  const node = childNamed(root, column.id, ids);
  if (node === undefined) {
    if (column.nullable || column.defaultSql !== undefined) return () => undefined;
    throw new ValueFault(`the file has no column '${name}'`, name);
  }
  const read = fieldReader(column, node);
  return (row) => read(row[node.element.name]);
}
