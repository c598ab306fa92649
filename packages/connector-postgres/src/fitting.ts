/** Fitting: whether the columns of a database fit those of a table here, found by their names. */

import { type ConfigError } from "@tidemark/connector";
import { renderColumnType, type Table } from "@tidemark/program";

import { type SourceType } from "./source-type.ts";
import { invalid } from "./target.ts";
import { fittingTypes, type ValueWriter, valueWriter } from "./value-writer.ts";

type Column = Table["columns"][number];

/** Whether a column of the database is meant by one here, as the decoder of rows matches names. */
export function isNamed({ name, quoted }: Column["id"], column: string): boolean {
  return column === name || (!quoted && column.toLowerCase() === name.toLowerCase());
}

/** The names of a table's key. */
export function keyNames({ primaryKey, columns }: Table): readonly string[] {
  return primaryKey.flatMap((at) => columns[at]?.id.name ?? []);
}

/** What is read, for messages: the field of the configuration, and what it names. */
export interface ReadFrom {
  readonly field: "source_table" | "query";
  /** For example `names 'public.t', whose`. */
  readonly shown: string;
}

/** How a column's values are written for the one here; throws `ConfigError` where they don't fit. */
export function fittingWriter(
  from: ReadFrom,
  source: { readonly name: string; readonly type: SourceType },
  column: Column,
): ValueWriter {
  const write = valueWriter(source.type, column.type);
  if (write !== undefined) return write;
  throw misfit(from, source, column);
}

function misfit(
  { field, shown }: ReadFrom,
  { name, type }: { readonly name: string; readonly type: SourceType },
  column: Column,
): ConfigError {
  return invalid(
    field,
    `${shown} column '${name}' of type ${type.name} does not fit the column '${column.id.name}' of type ${renderColumnType(column.type)} here; declare it as ${fittingTypes(type)}`,
  );
}
