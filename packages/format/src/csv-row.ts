/** Converts the fields of a CSV record into a row of its table. */

import { type Row, type Value } from "@tidemark/connector";
import { type Column, type Table } from "@tidemark/program";

import { jsonFlavors } from "./json-flavor.ts";
import { jsonTextReader } from "./json-value.ts";
import { asFault } from "./record-error.ts";
import { textReader } from "./text-value.ts";
import { ValueFault } from "./value-fault.ts";

/** What is known of the fields of a record. */
export interface CsvFieldFacts {
  /** Tells `"NULL"` from `NULL`. */
  readonly isQuoted: ((index: number) => boolean) | undefined;
  /** The place of each column's field, undefined for one that is not given; absent: in their order. */
  readonly places: readonly (number | undefined)[] | undefined;
}

/** Converts the fields of a record. Throws `ValueFault`. */
export type CsvRowReader = (fields: readonly string[], facts: CsvFieldFacts) => Row;

type FieldReader = (text: string | undefined, quoted: boolean) => Value | undefined;

/** Builds the reader of a table's rows; surplus fields are ignored. */
export function csvRowReader(table: Table): CsvRowReader {
  const readers = table.columns.map(fieldReader);
  return (fields, { isQuoted, places }) => {
    const row: (Value | undefined)[] = [];
    for (let index = 0; index < readers.length; index += 1) {
      const place = places === undefined ? index : places[index];
      row.push(
        place === undefined
          ? undefined
          : readers[index]?.(fields[place], isQuoted?.(place) ?? false),
      );
    }
    return row;
  };
}

function fieldReader(column: Column): FieldReader {
  const flavor = jsonFlavors.get("default");
  const { name } = column.id;
  const read = textReader(column.type, (type) => {
    if (flavor === undefined) throw new TypeError("the default flavor is missing");
    return jsonTextReader(type, flavor);
  });
  const isText = column.type.kind === "text";
  return (given, quoted) => {
    if (given === undefined && column.defaultSql !== undefined) return undefined;
    const text = given ?? "";
    if (column.nullable && (isText ? !quoted && isNull(text) : text === "" || isNull(text))) {
      return null;
    }
    try {
      return read(text);
    } catch (error) {
      const { message } = asFault(error);
      throw new ValueFault(`error parsing field '${name}': ${message}`, name);
    }
  };
}

function isNull(text: string): boolean {
  return text === "NULL" || text === "null";
}
