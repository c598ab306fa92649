/** `tidemark query`: reads tables and views. */

import { type Command } from "commander";
import { isLosslessNumber, parse } from "lossless-json";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { table } from "../output.ts";

/** Adds the command. */
export function addQueryCommand(program: Command, action: Action): void {
  program
    .command("query <pipeline> <sql>")
    .description("run one read-only statement; with --json one row a line")
    .action(action(query));
}

async function query(
  { client, output, signal }: Context,
  [pipeline, sql]: Arguments,
): Promise<void> {
  const rows: string[] = [];
  let columns: readonly string[] = [];
  for await (const page of client.query(pipeline, sql, { signal })) {
    if (page.columns.length > 0) ({ columns } = page);
    if (output.json) for (const row of page.rows) process.stdout.write(`${row}\n`);
    else rows.push(...page.rows);
  }
  if (!output.json) output.result(rowsText(columns, rows), undefined);
}

/** Rows, given as JSON, as a table for people. */
export function rowsText(columns: readonly string[], rows: readonly string[]): string {
  const cells = rows.map((row) => {
    // Numbers keep every digit: a reader of JSON would round large ones.
    const values = parse(row);
    return columns.map((column) => cellText(field(values, column)));
  });
  const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
  return `${table(columns, cells)}\n(${count})`;
}

function field(row: unknown, column: string): unknown {
  return typeof row === "object" && row !== null
    ? new Map<string, unknown>(Object.entries(row)).get(column)
    : undefined;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return value;
  return isLosslessNumber(value) ? value.toString() : JSON.stringify(value);
}
