/** Values: what decoders give and engines take, one representation per column type. */

import { type Column, type ColumnType } from "@tidemark/program";

/**
 * A value of a column, by its type: `boolean` is a boolean; `integer` up to 32 bits is a number and
 * of 64 bits a bigint; `decimal` is a bigint of units of 10^-scale; `real` and `double` are numbers;
 * `text` is a string; `binary` is bytes; `date` is a number of days since 1970-01-01; `time` is a
 * bigint of nanoseconds since midnight; `timestamp` is a bigint of nanoseconds since 1970-01-01;
 * `uuid` is its lower-case text; `variant` is JSON text; `array` is a list; `row` is a list by
 * field; `map` is a list of [key, value] lists. NULL is `null`.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];

/** One value per column of its table; `undefined` where the record does not give the column. */
export type Row = readonly (Value | undefined)[];

/**
 * What a record asks of its table. `insert` adds the row, on a keyed table in place of the one with
 * the same key; `undefined` columns take their default. `delete` on a keyed table goes by the key
 * columns alone; on a bag it takes away one equal row. `update` (keyed tables only) changes just the
 * given columns of an existing row. `truncate` removes every row of the table, whichever connector
 * it came from; its own row is empty.
 */
export type Operation = "insert" | "delete" | "update" | "truncate";

/** What a connector tells of a record beside its columns: a value of a ROW, a field to an attribute. */
export interface Metadata {
  /** The same object for all records that are told the same of, as far as can be. */
  readonly type: ColumnType;
  readonly value: Value;
}

/** Changes to one table, in order. */
export interface Changes {
  readonly rows: readonly Row[];
  /** One operation per row; absent means that all are inserts. */
  readonly operations?: readonly Operation[];
  /** What is told of each row's record, for defaults that ask for it; absent means nothing of any. */
  readonly metadata?: readonly (Metadata | undefined)[];
}

/** Whether one of the changes is a truncate. */
export function hasTruncate({ operations }: Changes): boolean {
  return operations?.includes("truncate") ?? false;
}

/** A change of a view that a step caused: the row appears (`1`) or goes away (`-1`). */
export interface ViewChange {
  readonly weight: 1 | -1;
  readonly row: readonly Value[];
}

/** A column as readers of a relation or of a query see it. */
export type OutputColumn = Pick<Column, "id" | "type" | "nullable">;
