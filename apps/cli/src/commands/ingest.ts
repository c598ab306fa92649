/** `tidemark ingest`: pushes a file into a table, whatever its length. */

import { type TokenStatus } from "@tidemark/client";
import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { CommandError, InterruptedError } from "../command-error.ts";
import { holdsArray } from "../json-shape.ts";
import { isRegular } from "../open-file.ts";
import { push, type Pushed } from "../push.ts";
import { ingestExit, pushedJson, pushedText, tellFaults } from "../pushed-text.ts";
import { type ExitOptions, fullStatusText } from "../status-text.ts";
import { timeoutOf, waitWithBar } from "./tokens.ts";

interface IngestOptions extends ExitOptions {
  readonly format?: string;
  readonly param: readonly string[];
  readonly metadata?: string;
  readonly force?: boolean;
  readonly key?: string;
  readonly durable?: boolean;
  readonly atomic?: boolean;
  readonly wait?: boolean;
  readonly timeout?: string;
}

/** Adds the command. */
export function addIngestCommand(program: Command, action: Action): void {
  program
    .command("ingest <pipeline> <table> <file>")
    .description(
      "push a file into a table (`-` is standard input) and tell the token of its records",
    )
    .option("--format <json|csv>", "what the file holds; otherwise its name tells")
    .option(
      "--param <name=value>",
      "a parameter of the format, such as update_format=insert_delete; repeatable",
      gather,
      [],
    )
    .option("--metadata <json>", "a JSON object that CONNECTOR_METADATA() reads for every record")
    .option("--force", "also while the pipeline is paused")
    .option(
      "--key <text>",
      "idempotency key: the same file under the same key is ingested once, so it can be sent again",
    )
    .option("--durable", "answer only once all records are committed; with --key always so")
    .option("--atomic", "take all of the file or nothing, also where one record does not fit")
    .option("--wait", "wait until all of it has been processed")
    .option("--fail-on-rejects", "exit with 5 instead of 1 where records were rejected")
    .option(
      "--timeout <seconds>",
      "with --wait: give up after so many seconds, with exit code 3; 0 checks now",
    )
    .addHelpText(
      "after",
      `
JSON records are read as rows (update_format=raw) unless a parameter says otherwise.

It prints how many records were ingested, how many were rejected, and the token that covers both; the
first rejected records go to stderr. Rejected records end it with exit code 1, or 5 with
--fail-on-rejects; the others are ingested all the same, but for arrays, which are whole or not at all.

Ctrl-C ends the body behind the last whole record and prints what was ingested of it. With --key it gives
the push up instead: run the same command again, and it goes on where it stopped. A second Ctrl-C ends
the program at once.`,
    )
    .action(action(ingest));
}

async function ingest(
  context: Context,
  [pipeline, table, file]: Arguments,
  options: IngestOptions,
): Promise<ExitCode> {
  const timeoutMs = timeoutOf(options.timeout);
  const format = formatOf(file, options.format);
  const given = Object.fromEntries(options.param.map(parameter));
  const parameters = { ...(format === "json" ? await jsonParameters(file) : {}), ...given };
  const { force = false, durable = false, atomic = false, key } = options;
  const keyed = key === undefined ? {} : { idempotencyKey: key };
  const told = options.metadata === undefined ? {} : { metadata: metadataOf(options.metadata) };
  const how = { force, durable, atomic, ...keyed, ...told };
  const target = { pipeline, table, format, parameters, ...how };
  const pushed = await push(context, target, file);
  const { output } = context;
  tellFaults(context, pushed);
  output.text(pushedText(pushed));
  const { token, interrupted } = pushed;
  const isWaited = options.wait === true && token !== undefined && interrupted === undefined;
  const status = isWaited
    ? await waited(context, pushed, { pipeline, token, timeoutMs })
    : undefined;
  if (status !== undefined) output.text(fullStatusText(status));
  output.document(pushedJson(pushed, status));
  return ingestExit(pushed, status, options);
}

/** Waits; a wait that fails leaves programs with what was pushed all the same. */
async function waited(
  context: Context,
  pushed: Pushed,
  asked: Parameters<typeof waitWithBar>[1],
): Promise<TokenStatus> {
  try {
    return await waitWithBar(context, asked);
  } catch (error) {
    const { output, signal } = context;
    output.document(pushedJson(pushed, undefined));
    if (!signal.aborted) throw error;
    const { pipeline, token } = asked;
    throw new InterruptedError(
      `interrupted while waiting: \`tidemark wait ${pipeline} ${token}\` goes on`,
      { token },
    );
  }
}

/** What a file of JSON records most likely is: rows as they are, one a line or all in one array. */
async function jsonParameters(file: string): Promise<Readonly<Record<string, string>>> {
  if (!(await isRegular(file))) return { update_format: "raw" };
  return { update_format: "raw", array: String(await holdsArray(file)) };
}

function formatOf(file: string, given: string | undefined): "json" | "csv" {
  const format = given ?? (/\.csv$/i.test(file) ? "csv" : "json");
  if (format === "json" || format === "csv") return format;
  throw new CommandError(`--format takes json or csv, not '${format}'`, EXIT.usage);
}

function parameter(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CommandError(`--param takes NAME=VALUE, not '${text}'`, EXIT.usage);
}

function metadataOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below, as of any other text that is no object.
  }
  throw new CommandError(`--metadata takes a JSON object, not '${text}'`, EXIT.usage);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
