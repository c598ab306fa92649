/** Refusals: what is said of a row that the table can't take, with its key, column and value. */

import { type RefusedRow } from "@tidemark/connector";

import { type FoundRow, type Trial } from "./refused-search.ts";
import { type RowWriter } from "./row-lines.ts";
import { type Session } from "./session.ts";
import { placeOf } from "./target.ts";
import { type TargetTable } from "./target-table.ts";

/** More of what the database says is not shown. */
const SAID_CHARACTERS = 300;

const CONSTRAINED = `SELECT a.attname AS name
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
 WHERE c.conrelid = $1 AND c.conname = $2`;

/** What a refusal is worded with. */
export interface Refusing {
  readonly session: Session;
  readonly table: TargetTable;
  readonly writer: RowWriter;
  readonly trial: Trial;
}

/** Words a refusal; asks the database which column is at fault. */
export async function refusalOf(found: FoundRow, refusing: Refusing): Promise<RefusedRow> {
  const { change } = found.line;
  const column = await columnOf(found, refusing);
  return refusal(refusing, { change, column, said: saidOf(found.fault) });
}

/** Words a refusal whose column is known. */
export function refusal(
  { table, writer }: Pick<Refusing, "table" | "writer">,
  { change, column, said }: Pick<RefusedRow, "change" | "column"> & { readonly said: string },
): RefusedRow {
  const at = table.columns.findIndex(({ name }) => name === column);
  const what = change.weight < 0 ? "the delete of the row" : "the row";
  const row = writer.named(change.row);
  const message =
    at === -1
      ? `${row}: PostgreSQL refuses ${what}: ${said}`
      : `${row}, column ${column}: PostgreSQL refuses the value ${writer.shown(change.row, at)}: ${said}`;
  return { change, column, message };
}

async function columnOf({ line, fault }: FoundRow, refusing: Refusing): Promise<string | null> {
  const { session, table } = refusing;
  const { column, constraint } = placeOf(fault);
  if (column !== undefined) return column;
  if (line.change.weight < 0) return null;
  if (constraint !== undefined) {
    const rows = await session.rows(CONSTRAINED, [table.oid, constraint]);
    const names = rows.map((row) => String(row["name"]));
    if (names.length > 0) return names.length === 1 ? (names[0] ?? null) : null;
  }
  return unreadableColumn(line.change.row, refusing);
}

/** The first column whose value is refused by its type alone. */
async function unreadableColumn(
  row: RefusedRow["change"]["row"],
  { session, table, writer, trial }: Refusing,
): Promise<string | null> {
  for (const [at, { name }] of table.columns.entries()) {
    const statement = table.readColumn[at];
    if (statement === undefined || (row[at] ?? null) === null) continue;
    const json = `[${writer.only(row, at)}]`;
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const fault = await trial.attempt(() => session.rows(statement, [json]));
    if (fault !== undefined) return name;
  }
  return null;
}

function saidOf(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : String(fault);
  const { detail } = placeOf(fault);
  const said = detail === undefined ? message : `${message} (${detail})`;
  return said.length > SAID_CHARACTERS ? `${said.slice(0, SAID_CHARACTERS)}…` : said;
}
