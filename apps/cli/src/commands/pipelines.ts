/** `tidemark pipelines …`: what there is, and starting and stopping it. */

import { readFile } from "node:fs/promises";

import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { table } from "../output.ts";
import { type Pipeline, untilCompiled, untilPipeline } from "../until.ts";

/** Adds the commands. */
export function addPipelineCommands(program: Command, action: Action): void {
  const group = program.command("pipelines").description("list, create, start and stop pipelines");
  group
    .command("list")
    .description("all pipelines")
    .action(action(async (context) => list(context)));
  group
    .command("show <pipeline>")
    .description("one pipeline")
    .action(action(async (context, [name]) => tell(context, await read(context, name))));
  group
    .command("create <pipeline> <file>")
    .description("create a pipeline from a file of SQL, and wait until it is compiled")
    .option("--start", "start it, too")
    .action(action(create));
  group
    .command("start <pipeline>")
    .description("start a pipeline, and wait until it runs")
    .option("--paused", "with all inputs paused")
    .action(action(start));
  group
    .command("stop <pipeline>")
    .description("commit and deliver what was taken in, then stop")
    .option("--force", "at once: what is not committed is lost, and its tokens say so")
    .action(action(stop));
  group
    .command("pause <pipeline>")
    .description("pause all inputs")
    .action(action((context, [name]) => change(context, name, "Paused")));
  group
    .command("resume <pipeline>")
    .description("resume all inputs")
    .action(action((context, [name]) => change(context, name, "Running")));
  group
    .command("clear <pipeline>")
    .description("remove a stopped pipeline's data")
    .action(action(clear));
  group
    .command("delete <pipeline>")
    .description("delete a stopped and cleared pipeline")
    .action(action(remove));
}

async function list({ client, output, signal }: Context): Promise<void> {
  const pipelines = await client.pipelines.list({ signal });
  const rows = pipelines.map(({ name, deploymentStatus, programStatus, storageStatus }) => [
    name,
    deploymentStatus,
    programStatus,
    storageStatus,
  ]);
  const text = table(["PIPELINE", "STATUS", "PROGRAM", "STORAGE"], rows);
  output.result(text, pipelines.map(summary));
}

async function create(
  context: Context,
  [name, file]: Arguments,
  options: { readonly start?: boolean },
): Promise<void> {
  const programCode = await readFile(file, "utf8");
  await context.client.pipelines.create({ name, programCode }, context);
  const compiled = await untilCompiled(context, name);
  tell(context, options.start === true ? await started(context, name, false) : compiled);
}

async function start(
  context: Context,
  [name]: Arguments,
  { paused = false }: { readonly paused?: boolean },
): Promise<void> {
  tell(context, await started(context, name, paused));
}

async function started(context: Context, name: string, paused: boolean): Promise<Pipeline> {
  await context.client.pipelines.start(name, { paused, signal: context.signal });
  return untilPipeline(context, name, at(paused ? "Paused" : "Running"));
}

async function stop(
  context: Context,
  [name]: Arguments,
  { force = false }: { readonly force?: boolean },
): Promise<void> {
  await context.client.pipelines.stop(name, { force, signal: context.signal });
  tell(context, await untilPipeline(context, name, at("Stopped")));
}

async function change(context: Context, name: string, wanted: "Paused" | "Running"): Promise<void> {
  const { pipelines } = context.client;
  await (wanted === "Paused" ? pipelines.pause(name, context) : pipelines.resume(name, context));
  tell(context, await untilPipeline(context, name, at(wanted)));
}

async function clear(context: Context, [name]: Arguments): Promise<void> {
  await context.client.pipelines.clear(name, context);
  tell(context, await untilPipeline(context, name, isCleared));
}

async function remove({ client, output, signal }: Context, [name]: Arguments): Promise<void> {
  await client.pipelines.delete(name, { signal });
  output.result(`pipeline ${name} is deleted`, { name, deleted: true });
}

function read({ client, signal }: Context, name: string): Promise<Pipeline> {
  return client.pipelines.get(name, { signal });
}

function tell({ output }: Context, pipeline: Pipeline): void {
  const { name, deploymentStatus, programStatus, storageStatus, deploymentError } = pipeline;
  const error = deploymentError === undefined ? "" : `\n  failed: ${deploymentError.message}`;
  const text = `pipeline ${name}: ${deploymentStatus}, program ${programStatus}, storage ${storageStatus}${error}`;
  output.result(text, summary(pipeline));
}

function summary(pipeline: Pipeline): Readonly<Record<string, unknown>> {
  const { id, name, description, programCode, deploymentStatus, deploymentDesiredStatus } =
    pipeline;
  const { programStatus, storageStatus, deploymentError, version } = pipeline;
  return {
    id,
    name,
    description,
    status: deploymentStatus,
    desired_status: deploymentDesiredStatus,
    program_status: programStatus,
    storage_status: storageStatus,
    version,
    error:
      deploymentError === undefined
        ? null
        : { error_code: deploymentError.errorCode, message: deploymentError.message },
    program_code: programCode,
  };
}

function isCleared({ storageStatus }: Pipeline): boolean {
  return storageStatus === "Cleared";
}

function at(status: string): (pipeline: Pipeline) => boolean {
  return ({ deploymentStatus }) => deploymentStatus === status;
}
