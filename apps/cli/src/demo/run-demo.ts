/** The demo: a server, the tour, and serving on until it is stopped. */

import { once } from "node:events";
import { join } from "node:path";

import { createTidemarkClient } from "@tidemark/client";
import { ConfigurationError, loadConfig, type RunningServer, startServer } from "@tidemark/server";

import { CommandError } from "../command-error.ts";
import { openOutput } from "../output.ts";
import { remember, remembered } from "./demo-memory.ts";
import { PIPELINE } from "./demo-program.ts";
import { dataSet, linesOnce } from "./flights.ts";
import { repeatLines } from "./repeat-lines.ts";
import { narrator } from "./say.ts";
import {
  showFile,
  showGrpc,
  showMemory,
  showPipeline,
  showPush,
  showRows,
  type Tour,
} from "./tour.ts";

/** Runs the demo; resolves once its server has stopped. */
export async function runDemo(options: {
  /** Serve on after the tour, until the signal. */
  readonly stay: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const say = narrator();
  say.line("Tidemark: has everything I wrote been processed yet?");
  await using server = await started();
  const { config, ports } = server;
  const http = `http://127.0.0.1:${ports.http}`;
  const grpc = `127.0.0.1:${ports.grpc}`;
  say.step("A server, in this process");
  say.line(`REST and Connect on ${http}, gRPC on ${grpc}`);
  say.line(`data in ${config.dataDir}, log in ${config.logFile}`);
  const client = createTidemarkClient({ baseUrl: http, grpcUrl: `http://${grpc}` });
  const context = { client, output: openOutput(false), signal: options.signal };
  const files = {
    input: join(config.dataDir, "demo", "flights.ndjson"),
    output: join(config.dataDir, "demo", "delay_by_hour.csv"),
  };
  await takeTour({ context, say, http, grpc, files }, config.dataDir);
  say.step("To repeat it by hand");
  process.stdout.write(`${repeatLines(http, grpc)}\n`);
  if (!options.stay) return;
  process.stdout.write("\nServing until you press Ctrl-C.\n");
  if (!options.signal.aborted) await once(options.signal, "abort");
  process.stdout.write("\nStopping: what was taken in is committed first.\n");
}

async function takeTour(tour: Tour, dataDir: string): Promise<void> {
  const memoryFile = join(dataDir, "demo", "memory.json");
  await linesOnce(dataSet("flights-200k.json"), tour.files.input);
  const wasThere = await showPipeline(tour);
  let memory = wasThere ? await remembered(memoryFile) : {};
  if (memory.file !== undefined) await showMemory(tour, memory);
  if (memory.file === undefined) {
    memory = { ...memory, file: await showFile(tour) };
    await remember(memoryFile, memory);
  }
  if (memory.pushed === undefined) {
    memory = { ...memory, pushed: await showPush(tour) };
    await remember(memoryFile, memory);
  }
  await showRows(tour);
  await showGrpc(tour);
}

/** Starts the server on its usual ports; `TIDEMARK_…` variables say otherwise. */
async function started(): Promise<RunningServer> {
  try {
    const asked = loadConfig({ flags: {}, environment: process.env });
    const logFile = asked.logFile ?? join(asked.dataDir, "server.log");
    return await startServer({ ...asked, logFile });
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    throw new CommandError(`the ${PIPELINE} demo can't start: ${cause.message}`, 1, { cause });
  }
}
