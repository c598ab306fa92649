/** Pipelines as this server runs them: each in a folder of its own, on the embedded engine. */

import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import {
  type Compiled,
  DEFAULT_PACING,
  type EngineFactory,
  type Log,
  openObserved,
  openPipeline,
  type PipelineLimits,
  type RunningPipeline,
  type SecretLookup,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { type Deployment, engineOf, type ServiceOptions } from "@tidemark/service";
import { type Logger } from "pino";

import { CONNECTORS, OBSERVED, validateConnector } from "./connectors.ts";
import { fileCell, makeDurableDirectory } from "./durable-file.ts";
import { logEvent } from "./log.ts";

/** How the service has pipelines compiled, opened and cleared. */
export function pipelineHost(parts: {
  readonly directory: string;
  readonly engines: EngineFactory;
  readonly limits: PipelineLimits;
  readonly secrets: SecretLookup;
  readonly log: Logger;
}): Pick<ServiceOptions, "compile" | "deploy" | "clear" | "validateConnector"> {
  const { engines } = parts;
  const folderOf = (id: string): string => join(parts.directory, id);
  return {
    compile: (program, engine) =>
      engine === "external" ? compileObserved() : engines.compile(program),
    validateConnector,
    deploy: (deployment) =>
      deploy(deployment, { ...parts, folder: folderOf(deployment.record.id) }),
    async clear(id) {
      await engines.clear(folderOf(id));
      await rm(folderOf(id), { recursive: true, force: true });
    },
  };
}

async function deploy(
  { record, program, paused, signal, log: tell }: Deployment,
  parts: {
    readonly engines: EngineFactory;
    readonly limits: PipelineLimits;
    readonly secrets: SecretLookup;
    readonly log: Logger;
    readonly folder: string;
  },
): Promise<RunningPipeline> {
  const { engines, limits, secrets, folder } = parts;
  const operators = parts.log.child({ pipeline: record.name });
  const log: Log = (event) => {
    tell(event);
    logEvent(operators, event);
  };
  if (engineOf(record) === "external") {
    return openObserved({
      program,
      observers: OBSERVED,
      secrets,
      life: record.id,
      directory: (name) => join(folder, "directories", digest(name)),
      clock: SYSTEM_CLOCK,
      random: Math.random,
      pacing: DEFAULT_PACING,
      log,
      signal,
    });
  }
  await makeDurableDirectory(folder);
  return openPipeline({
    ...CONNECTORS,
    secrets,
    program,
    engine: await engines.open({ directory: folder, program }),
    cell: (name) => fileCell(join(folder, "cells"), digest(name)),
    directory: (name) => join(folder, "directories", digest(name)),
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log,
    limits,
    connectorPaused: record.connectorPaused,
    paused,
  });
}

/** Views of an external engine have columns that only it knows. */
async function compileObserved(): Promise<Compiled> {
  return { kind: "compiled", views: new Map() };
}

/** A name may be longer, and of other characters, than a file's. */
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
