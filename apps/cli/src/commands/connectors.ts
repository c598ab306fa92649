/** `tidemark connectors …`: how inputs and outputs stand, and starting and pausing them. */

import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { table, toJson } from "../output.ts";

/** Adds the commands. */
export function addConnectorCommands(program: Command, action: Action): void {
  const group = program.command("connectors").description("start, pause and look at connectors");
  group
    .command("start <pipeline> <table> <connector>")
    .description("let an input read on")
    .option("--skip-rejected", "go on behind the rejected record that it has stopped before")
    .action(action(start));
  group
    .command("pause <pipeline> <table> <connector>")
    .description("hold an input")
    .action(action(pause));
  group
    .command("start-output <pipeline> <view> <connector>")
    .description("let an output go on where it stopped")
    .action(action((context, args) => changeOutput(context, args, "start")));
  group
    .command("pause-output <pipeline> <view> <connector>")
    .description("hold an output: nothing is lost, and tokens wait for it")
    .action(action((context, args) => changeOutput(context, args, "pause")));
  group
    .command("stats <pipeline>")
    .description("how all inputs and outputs stand")
    .action(action(stats));
}

async function start(
  { client, output, signal }: Context,
  [pipeline, relation, connector]: Arguments,
  { skipRejected = false }: { readonly skipRejected?: boolean },
): Promise<void> {
  const address = { pipeline, table: relation, connector };
  await client.connectors.start(address, { skipRejected, signal });
  output.result(`connector ${relation}.${connector} is started`, { ...address, paused: false });
}

async function pause(
  { client, output, signal }: Context,
  [pipeline, relation, connector]: Arguments,
): Promise<void> {
  const address = { pipeline, table: relation, connector };
  await client.connectors.pause(address, { signal });
  output.result(`connector ${relation}.${connector} is paused`, { ...address, paused: true });
}

async function changeOutput(
  { client, output, signal }: Context,
  [pipeline, view, connector]: Arguments,
  verb: "start" | "pause",
): Promise<void> {
  const address = { pipeline, view, connector };
  const { connectors } = client;
  if (verb === "start") await connectors.startOutput(address, { signal });
  else await connectors.pauseOutput(address, { signal });
  const done = verb === "start" ? "started" : "paused";
  output.result(`connector ${view}.${connector} is ${done}`, {
    ...address,
    paused: verb === "pause",
  });
}

async function stats({ client, output, signal }: Context, [pipeline]: Arguments): Promise<void> {
  const { inputs, outputs, completedSteps, complete } = await client.connectors.list(pipeline, {
    signal,
  });
  const text = [
    table(
      ["INPUT", "STATE", "RECORDS", "BUFFERED", "BYTES", "ERRORS", "REJECTED"],
      inputs.map((input) => [input.endpoint, stateOf(input), ...countsOf(input)]),
    ),
    table(
      ["OUTPUT", "STATE", "RECORDS", "QUEUED", "DEAD LETTERS", "STEP"],
      outputs.map((sink) => [
        sink.endpoint,
        stateOf(sink),
        ...[sink.transmittedRecords, sink.queuedBatches, sink.deadLetters, sink.takenStep].map(
          String,
        ),
      ]),
    ),
  ];
  output.result(text.join("\n\n"), {
    inputs: inputs.map(withoutTypeNames),
    outputs: outputs.map(withoutTypeNames),
    completed_steps: completedSteps,
    complete,
  });
}

type InputConnector = Awaited<
  ReturnType<Context["client"]["connectors"]["list"]>
>["inputs"][number];

/** `ERRORS` are of this run, `REJECTED` of all; another engine's are not known. */
function countsOf(input: InputConnector): readonly string[] {
  const { totalRecords, bufferedRecords, totalBytes, parseErrorCount, rejected = "-" } = input;
  return [totalRecords, bufferedRecords, totalBytes, parseErrorCount, rejected].map(String);
}

function stateOf(connector: {
  readonly fatalError?: string | undefined;
  readonly refusal?: string | undefined;
  readonly trouble?: string | undefined;
  readonly paused?: boolean;
  readonly endOfInput?: boolean;
}): string {
  if (connector.fatalError !== undefined) return `failed: ${connector.fatalError}`;
  if (connector.refusal !== undefined)
    return `stopped before a reject: ${connector.refusal.replaceAll(/\s+/gu, " ")}`;
  if (connector.trouble !== undefined) return `trouble: ${connector.trouble}`;
  if (connector.endOfInput === true) return "ended";
  return connector.paused === true ? "paused" : "running";
}

function withoutTypeNames(message: object): unknown {
  return JSON.parse(toJson(message), (key, value: unknown) =>
    key === "$typeName" ? undefined : value,
  );
}
