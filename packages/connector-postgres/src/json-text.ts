/** JSON text: a row of texts as the JSON object that the decoder of rows reads. */

import { type ValueWriter } from "./value-writer.ts";

/** A column that is read, and how its values are written. */
export interface NamedWriter {
  readonly name: string;
  readonly write: ValueWriter;
}

/** One JSON object of columns by name; those without a text are left out, and those that are not read. */
export function jsonObject(
  columns: readonly (NamedWriter | undefined)[],
  texts: readonly (string | null | undefined)[],
): string {
  const fields: string[] = [];
  columns.forEach((column, at) => {
    const text = texts[at];
    if (column === undefined || text === undefined) return;
    fields.push(`${JSON.stringify(column.name)}:${text === null ? "null" : column.write(text)}`);
  });
  return `{${fields.join(",")}}`;
}
