/** The relation of rejected records: every program has it, and declares nothing of the name. */

import { type ColumnType } from "./column-type.ts";
import { type Column, type Program, type Table } from "./program.ts";

/** The relation's name; reserved. */
export const REJECTED_NAME = "tidemark_rejected";

const TEXT: ColumnType = { kind: "text", fixed: false };
const LONG: ColumnType = { kind: "integer", bits: 64, unsigned: false };

/**
 * One row for each rejected record that is kept. `connector` is `{relation}.{name}`, `number` counts
 * the connector's rejects from 1, and `offset` is the record's own in its partition.
 */
export const REJECTED: Table = {
  kind: "table",
  id: { name: REJECTED_NAME, quoted: false },
  columns: [
    column("connector", TEXT, false),
    column("number", LONG, false),
    column("incarnation", TEXT, false),
    column("partition", TEXT),
    column("offset", LONG),
    column("at", { kind: "timestamp" }, false),
    column("error", TEXT, false),
    column("field", TEXT),
    column("record", TEXT),
  ],
  primaryKey: [0, 1],
  materialized: true,
  connectors: [],
  properties: {},
  span: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
};

/** The program with the relations that it does not have to declare. */
export function withRejected(program: Program): Program {
  return { ...program, tables: [...program.tables, REJECTED] };
}

function column(name: string, type: ColumnType, nullable = true): Column {
  return { id: { name, quoted: false }, type, nullable };
}
