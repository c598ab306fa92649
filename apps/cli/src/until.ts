/** Waiting for a pipeline to come to the state that was asked for. */

import { setTimeout as sleep } from "node:timers/promises";

import { type Context } from "./context.ts";
import { CommandError } from "./command-error.ts";

/** A pipeline as the server tells of it. */
export type Pipeline = Awaited<ReturnType<Context["client"]["pipelines"]["get"]>>;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** Asks, at growing intervals, until `done` says so; a deployment that failed rejects at once. */
export async function untilPipeline(
  { client, signal }: Pick<Context, "client" | "signal">,
  name: string,
  done: (pipeline: Pipeline) => boolean,
): Promise<Pipeline> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const pipeline = await client.pipelines.get(name, { signal });
    if (done(pipeline)) return pipeline;
    const { deploymentError } = pipeline;
    if (deploymentError !== undefined && pipeline.deploymentStatus === "Stopped") {
      throw new CommandError(`pipeline '${name}' failed: ${deploymentError.message}`);
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

/** Waits until the program is compiled; rejects with all that is wrong with it. */
export async function untilCompiled(
  context: Pick<Context, "client" | "signal">,
  name: string,
): Promise<Pipeline> {
  const pipeline = await untilPipeline(context, name, ({ programStatus }) =>
    ["Success", "SqlError", "SystemError"].includes(programStatus),
  );
  if (pipeline.programStatus === "Success") return pipeline;
  const errors = pipeline.programErrors.map(
    ({ startLine, startColumn, errorType, message }) =>
      `  line ${startLine}, column ${startColumn}: ${errorType}: ${message}`,
  );
  throw new CommandError(`the program of '${name}' can't run:\n${errors.join("\n")}`);
}
