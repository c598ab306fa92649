/** Pipelines as this server runs them: each in a folder of its own, on the embedded engine. */

import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import {
  DEFAULT_LIMITS,
  type EngineFactory,
  openPipeline,
  type RunningPipeline,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { type Deployment, type ServiceOptions } from "@tidemark/service";
import { type Logger } from "pino";

import { CONNECTORS, validateConnector } from "./connectors.ts";
import { fileCell, makeDurableDirectory } from "./durable-file.ts";
import { logEvent } from "./log.ts";

/** How the service has pipelines compiled, opened and cleared. */
export function pipelineHost(parts: {
  readonly directory: string;
  readonly engines: EngineFactory;
  readonly log: Logger;
}): Pick<ServiceOptions, "compile" | "deploy" | "clear" | "validateConnector"> {
  const { engines, log } = parts;
  const folderOf = (id: string): string => join(parts.directory, id);
  return {
    compile: (program) => engines.compile(program),
    validateConnector,
    deploy: (deployment) =>
      deploy(deployment, { engines, log, folder: folderOf(deployment.record.id) }),
    async clear(id) {
      await engines.clear(folderOf(id));
      await rm(folderOf(id), { recursive: true, force: true });
    },
  };
}

async function deploy(
  { record, program, paused }: Deployment,
  parts: { readonly engines: EngineFactory; readonly log: Logger; readonly folder: string },
): Promise<RunningPipeline> {
  const { engines, folder } = parts;
  await makeDurableDirectory(folder);
  const log = parts.log.child({ pipeline: record.name });
  return openPipeline({
    ...CONNECTORS,
    program,
    engine: await engines.open({ directory: folder, program }),
    cell: (name) => fileCell(join(folder, "cells"), digest(name)),
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log: (event) => logEvent(log, event),
    limits: DEFAULT_LIMITS,
    connectorPaused: record.connectorPaused,
    paused,
  });
}

/** A cell's name may be longer, and of other characters, than a file's. */
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
