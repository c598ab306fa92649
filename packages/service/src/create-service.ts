/** The service: all use cases over one registry, recovered at start-up. */

import { connectorUseCases } from "./connector-use-cases.ts";
import { subscribe } from "./egress.ts";
import { InputKeys } from "./find-connector.ts";
import { ingest } from "./ingest.ts";
import { keyUseCases } from "./key-use-cases.ts";
import { Directory } from "./pipelines/directory.ts";
import { pipelineUseCases } from "./pipelines/pipeline-use-cases.ts";
import { recover } from "./pipelines/recover.ts";
import { query } from "./query.ts";
import { type Service } from "./service.ts";
import { DEFAULT_LIMITS, type Limits, type ServiceOptions } from "./service-options.ts";
import { tokenUseCases } from "./tokens/token-use-cases.ts";
import { Waits } from "./tokens/wait.ts";

/**
 * Opens the service over what the registry holds. Resolves at once: pipelines that were to run are
 * brought back in the background, each by itself, and `ready` says when that is over.
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { sealer, scheduler } = options;
  const directory = new Directory(options, limits);
  const waits = new Waits(limits, scheduler);
  const inputs = new InputKeys();
  const recovery = await recover(directory, options, limits);
  return {
    pipelines: pipelineUseCases(directory, options, limits),
    tokens: tokenUseCases({ directory, inputs, waits, sealer, scheduler, limits }),
    connectors: connectorUseCases(directory),
    keys: keyUseCases(options.registry.keys, options),
    ingest: (caller, request, call) =>
      ingest({ directory, waits, sealer, scheduler, limits }, caller, request, call),
    query: async (caller, request, { signal }) =>
      query({ directory, sealer, scheduler, waits, limits }, caller, request, signal),
    subscribe: async (caller, request, { signal }) =>
      subscribe(directory.entry(caller.tenant, request.pipeline).host, request, signal),
    get ready() {
      return recovery.over;
    },
    async [Symbol.asyncDispose]() {
      const all = directory.all();
      await Promise.all(all.map(({ driver }) => driver.close()));
      for (const { host } of all) host.log.close();
    },
  };
}
