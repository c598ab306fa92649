/** `tidemark listen`: shows what every step changes in a table or view. */

import { type SubscriptionEvent } from "@tidemark/client";
import { type Command } from "commander";
import { parse, stringify } from "lossless-json";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { CommandError } from "../command-error.ts";
import { toJson } from "../output.ts";

/** Adds the command. */
export function addListenCommand(program: Command, action: Action): void {
  program
    .command("listen <pipeline> <relation>")
    .description("show what every step changes in a table or view; with --json one chunk a line")
    .option("--snapshot", "begin with all rows, which takes a materialized relation")
    .option("--backpressure", "hold up the pipeline rather than miss changes")
    .option("--format <format>", "json (one event a line) or csv", "json")
    .action(action(listen));
}

interface ListenOptions {
  readonly snapshot?: boolean;
  readonly backpressure?: boolean;
  readonly format?: string;
}

async function listen(
  { client, output, signal }: Context,
  [pipeline, relation]: Arguments,
  { snapshot = false, backpressure = false, format = "json" }: ListenOptions,
): Promise<void> {
  const asked = { pipeline, relation, backpressure, sendSnapshot: snapshot, signal };
  let next = 0n;
  for await (const event of client.subscribe({ ...asked, format: formatOf(format) })) {
    if (event.kind === "begun") {
      output.note(`listening from step ${event.afterStep} on`);
    } else {
      const missed = event.sequenceNumber - next;
      next = event.sequenceNumber + 1n;
      if (missed > 0n) output.note(`missed ${missed} chunks: reading was too slow`);
      if (output.json) process.stdout.write(`${toJson(event)}\n`);
      else show(event, format);
    }
  }
}

function formatOf(text: string): "json" | "csv" {
  if (text === "json" || text === "csv") return text;
  throw new CommandError(`--format must be json or csv, not '${text}'`);
}

function show({ data }: Extract<SubscriptionEvent, { kind: "chunk" }>, format: string): void {
  if (data === undefined) return;
  process.stdout.write(format === "csv" ? data : eventLines(data));
}

/** The events of a JSON array, one a line; numbers keep every digit. */
function eventLines(data: string): string {
  const events = parse(data);
  if (!Array.isArray(events)) throw new TypeError("the server sent no array of events");
  return events.map((event) => `${stringify(event) ?? ""}\n`).join("");
}
