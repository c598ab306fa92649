/** `tidemark ingest`: pushes a file into a table, whatever its length. */

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { CommandError } from "../command-error.ts";
import { holdsArray } from "../json-shape.ts";
import { openProgress } from "../progress.ts";
import { statusJson, statusText, timeoutOf, waitWithBar } from "./tokens.ts";

interface IngestOptions {
  readonly format?: string;
  readonly param: readonly string[];
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
    .option("--force", "also while the pipeline is paused")
    .option(
      "--key <text>",
      "idempotency key: the same file under the same key is taken once, so it can be sent again",
    )
    .option("--durable", "answer only once all records are committed; with --key always so")
    .option("--atomic", "take all of the file or nothing, also where one record does not fit")
    .option("--wait", "wait until all of it has been processed")
    .option(
      "--timeout <seconds>",
      "with --wait: give up after so many seconds, with exit code 3; 0 checks now",
    )
    .addHelpText(
      "after",
      "\nJSON records are taken as rows (update_format=raw) unless a parameter says otherwise.",
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
  const target = { pipeline, table, format, parameters, force, durable, atomic, ...keyed };
  const { token, records } = await push(context, target, file);
  const { output } = context;
  if (options.wait !== true) {
    output.result(`${records} records\n${token}`, { token, records });
    return EXIT.done;
  }
  output.note(`${records} records\n${token}`);
  const status = await waitWithBar(context, { pipeline, token, timeoutMs });
  output.result(statusText(status), { token, records, ...statusJson(status) });
  return status.complete ? EXIT.done : EXIT.inProgress;
}

async function push(
  { client, output, signal }: Context,
  target: Parameters<typeof client.ingest>[0],
  file: string,
): ReturnType<typeof client.ingest> {
  if (file === "-") return client.ingest(target, process.stdin, { signal });
  await using handle = await open(file);
  const { size } = await handle.stat();
  using bar = openProgress(output, "sent     ");
  const body = createReadStream(file, { fd: handle.fd, autoClose: false, highWaterMark: 1 << 18 });
  return await client.ingest(target, body, {
    signal,
    onProgress: (sent) => bar.at(sent, size, `${(sent / 1e6).toFixed(1)} MB`),
  });
}

/** What a file of JSON records most likely is: rows as they are, one a line or all in one array. */
async function jsonParameters(file: string): Promise<Readonly<Record<string, string>>> {
  if (file === "-") return { update_format: "raw" };
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

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
