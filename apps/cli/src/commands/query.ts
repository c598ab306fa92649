/** `tidemark query`: reads tables and views. */

import { once } from "node:events";

import { type QueryFormat } from "@tidemark/client";
import { type Command } from "commander";
import { isLosslessNumber, parse, stringify } from "lossless-json";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { EXIT } from "../exit.ts";
import { CommandError } from "../command-error.ts";
import { table } from "../output.ts";
import { timeoutOf } from "./tokens.ts";

interface AskOptions {
  readonly after: readonly string[];
  readonly timeout?: string;
  readonly format?: string;
}

/** Adds the command. */
export function addQueryCommand(program: Command, action: Action): void {
  program
    .command("query <pipeline> <sql>")
    .description("run one read-only statement; with --json one row a line")
    .option(
      "--after <token>",
      "run it once this token is complete, so that it sees all that the token covers; repeatable",
      (token: string, before: readonly string[]) => [...before, token],
      [],
    )
    .option(
      "--timeout <seconds>",
      "with --after: give up after so many seconds, with exit code 3; 0 checks now",
    )
    .option("--format <arrow_ipc|parquet|hash>", "write these bytes instead of rows")
    .action(action(query));
}

async function query(
  { client, output, signal }: Context,
  [pipeline, sql]: Arguments,
  { after, timeout, format: named }: AskOptions,
): Promise<void> {
  const timeoutMs = timeoutOf(timeout);
  const format = formatOf(named);
  const waiting = { after, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const rows: string[] = [];
  let columns: readonly string[] = [];
  for await (const page of client.query(pipeline, sql, { signal, format, ...waiting })) {
    if (page.columns.length > 0) ({ columns } = page);
    if (format !== "json") await write(page.data);
    else if (output.json) await write(page.rows.map((row) => `${row}\n`).join(""));
    else rows.push(...page.rows);
  }
  if (format === "hash") await write("\n");
  if (format === "json" && !output.json) output.result(rowsText(columns, rows), undefined);
}

const FORMATS: readonly QueryFormat[] = ["json", "arrow_ipc", "parquet", "hash"];

function formatOf(name: string | undefined): QueryFormat {
  const format = FORMATS.find((one) => one === (name ?? "json"));
  if (format !== undefined) return format;
  throw new CommandError(`--format takes ${FORMATS.join(", ")}, not '${name}'`, EXIT.usage);
}

/** Writes to stdout, no faster than it is read. */
async function write(piece: string | Uint8Array): Promise<void> {
  if (piece.length > 0 && !process.stdout.write(piece)) await once(process.stdout, "drain");
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
  return isLosslessNumber(value) ? value.toString() : (stringify(value) ?? "");
}
