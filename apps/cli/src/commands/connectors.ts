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
    .action(action((context, args) => change(context, args, "start")));
  group
    .command("pause <pipeline> <table> <connector>")
    .description("hold an input")
    .action(action((context, args) => change(context, args, "pause")));
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

async function change(
  { client, output, signal }: Context,
  [pipeline, relation, connector]: Arguments,
  verb: "start" | "pause",
): Promise<void> {
  const address = { pipeline, table: relation, connector };
  await client.connectors[verb](address, { signal });
  const done = verb === "start" ? "started" : "paused";
  output.result(`connector ${relation}.${connector} is ${done}`, {
    ...address,
    paused: verb === "pause",
  });
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
      ["INPUT", "STATE", "RECORDS", "BUFFERED", "BYTES", "ERRORS"],
      inputs.map((input) => [
        input.endpoint,
        stateOf(input),
        ...[input.totalRecords, input.bufferedRecords, input.totalBytes, input.parseErrorCount].map(
          String,
        ),
      ]),
    ),
    table(
      ["OUTPUT", "STATE", "RECORDS", "QUEUED", "STEP"],
      outputs.map((sink) => [
        sink.endpoint,
        stateOf(sink),
        ...[sink.transmittedRecords, sink.queuedBatches, sink.takenStep].map(String),
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

function stateOf(connector: {
  readonly fatalError?: string | undefined;
  readonly trouble?: string | undefined;
  readonly paused?: boolean;
  readonly endOfInput?: boolean;
}): string {
  if (connector.fatalError !== undefined) return `failed: ${connector.fatalError}`;
  if (connector.trouble !== undefined) return `trouble: ${connector.trouble}`;
  if (connector.endOfInput === true) return "ended";
  return connector.paused === true ? "paused" : "running";
}

function withoutTypeNames(message: object): unknown {
  return JSON.parse(toJson(message), (key, value: unknown) =>
    key === "$typeName" ? undefined : value,
  );
}
