/** Converts a record of parsed JSON into a row of its table. */

import { type Operation, type Row, type Value } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

import { type JsonFlavor } from "./json-flavor.ts";
import { fieldMatcher, isJsonObject } from "./json-fields.ts";
import { jsonReader } from "./json-value.ts";
import { asFault } from "./record-error.ts";
import { ValueFault, wrongType } from "./value-fault.ts";

/** Converts one record for one operation; throws `ValueFault`. */
export type RowReader = (record: unknown) => Row;

/** One column of the rows that an operation takes. */
interface ColumnReader {
  readonly name: string;
  /** Whether a row may leave the column out. */
  readonly optional: boolean;
  readonly nullable: boolean;
  /** Whether the operation looks at the column at all. */
  readonly used: boolean;
  readonly read: (value: unknown) => Value;
}

/** Builds the reader of one operation's records. */
export function rowReader(table: Table, flavor: JsonFlavor, operation: Operation): RowReader {
  const keyed = table.primaryKey.length > 0;
  const columns = table.columns.map((column, index): ColumnReader => {
    const key = table.primaryKey.includes(index);
    const partial = keyed && operation !== "insert" && !key;
    return {
      name: column.id.name,
      optional:
        partial || column.nullable || (column.defaultSql !== undefined && operation === "insert"),
      nullable: column.nullable,
      used: !(partial && operation === "delete"),
      read: jsonReader(column.type, flavor),
    };
  });
  const match = fieldMatcher(table.columns.map((column) => column.id));
  return (record) => {
    if (isJsonObject(record)) return readRow(columns, match(record));
    if (!Array.isArray(record)) throw wrongType(record, "a map or a sequence of columns");
    const given: readonly unknown[] = record;
    if (given.length < columns.length) {
      throw new ValueFault(
        `invalid length ${given.length}, expected a sequence of ${columns.length} columns`,
      );
    }
    return readRow(columns, given);
  };
}

function readRow(columns: readonly ColumnReader[], given: readonly unknown[]): Row {
  const row: (Value | undefined)[] = [];
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    if (column !== undefined) row.push(readColumn(column, given[index]));
  }
  return row;
}

function readColumn(column: ColumnReader, value: unknown): Value | undefined {
  if (!column.used) return undefined;
  if (value === undefined) {
    if (column.optional) return undefined;
    throw new ValueFault(`missing field \`${column.name}\``, column.name);
  }
  if (value === null && column.nullable) return null;
  try {
    return column.read(value);
  } catch (error) {
    const { message } = asFault(error);
    throw new ValueFault(`error parsing field '${column.name}': ${message}`, column.name);
  }
}
