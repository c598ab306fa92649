/** The size of a record, as the JSON text that it would have come as. */

import { type Row, type Value } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

/** Measures rows of a table, in characters; dates and times count as their usual texts. */
export function recordSize({ columns }: Table): (row: Row) => number {
  const names = columns.map(({ id, type }) => ({
    name: JSON.stringify(id.name).length + 1,
    fixed: FIXED[type.kind],
  }));
  // The braces; a comma follows each column but the last.
  const around = Math.max(2, 1 + columns.length);
  return (row) =>
    names.reduce((total, { name, fixed }, i) => {
      const value = row[i];
      return total + name + (value === null ? 4 : (fixed ?? sizeOf(value ?? null)));
    }, around);
}

/** Types whose texts are of one length, quotes included. */
const FIXED: Readonly<Record<string, number | undefined>> = {
  date: '"2026-01-31"'.length,
  time: '"23:59:59.999999999"'.length,
  timestamp: '"2026-01-31 23:59:59.999"'.length,
  uuid: 38,
};

function sizeOf(value: Value): number {
  if (value === null) return 4;
  if (typeof value === "string") return value.length + 2;
  if (value instanceof Uint8Array) return 4 * value.length + 2;
  if (Array.isArray(value)) {
    const items: readonly Value[] = value;
    return items.reduce<number>((total, item) => total + sizeOf(item) + 1, 2);
  }
  return String(value).length;
}
