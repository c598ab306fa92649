/** Pipelines: create, read, start, stop, and waiting for what was asked to come true. */

import { type Pipeline, PipelineService } from "@tidemark/api";
import { createClient, type Transport } from "@connectrpc/connect";

import { calling } from "./tidemark-error.ts";
import { type CallOptions } from "./tokens.ts";

/** The calls on pipelines. */
export interface PipelineCalls {
  list(options?: CallOptions): Promise<readonly Pipeline[]>;
  get(name: string, options?: CallOptions): Promise<Pipeline>;
  create(
    fields: { readonly name: string; readonly programCode: string; readonly description?: string },
    options?: CallOptions,
  ): Promise<Pipeline>;
  update(
    name: string,
    fields: { readonly programCode?: string; readonly description?: string },
    options?: CallOptions,
  ): Promise<Pipeline>;
  delete(name: string, options?: CallOptions): Promise<void>;
  start(name: string, options?: CallOptions & { readonly paused?: boolean }): Promise<void>;
  stop(name: string, options?: CallOptions & { readonly force?: boolean }): Promise<void>;
  pause(name: string, options?: CallOptions): Promise<void>;
  resume(name: string, options?: CallOptions): Promise<void>;
  clear(name: string, options?: CallOptions): Promise<void>;
  dismissError(name: string, options?: CallOptions): Promise<void>;
}

/** The calls on pipelines over a transport. */
export function pipelineCalls(transport: Transport): PipelineCalls {
  const client = createClient(PipelineService, transport);
  return {
    list: async (options = {}) =>
      (await run(options, (given) => client.listPipelines({}, given))).pipelines,
    get: async (pipeline, options = {}) =>
      present((await run(options, (given) => client.getPipeline({ pipeline }, given))).pipeline),
    create: async (fields, options = {}) =>
      present((await run(options, (given) => client.createPipeline(fields, given))).pipeline),
    update: async (pipeline, fields, options = {}) =>
      present(
        (await run(options, (given) => client.updatePipeline({ pipeline, ...fields }, given)))
          .pipeline,
      ),
    delete: async (pipeline, options = {}) => {
      await run(options, (given) => client.deletePipeline({ pipeline }, given));
    },
    start: async (pipeline, options = {}) => {
      const initial = options.paused === true ? "paused" : "running";
      await run(options, (given) => client.startPipeline({ pipeline, initial }, given));
    },
    stop: async (pipeline, options = {}) => {
      const force = options.force === true;
      await run(options, (given) => client.stopPipeline({ pipeline, force }, given));
    },
    pause: async (pipeline, options = {}) => {
      await run(options, (given) => client.pausePipeline({ pipeline }, given));
    },
    resume: async (pipeline, options = {}) => {
      await run(options, (given) => client.resumePipeline({ pipeline }, given));
    },
    clear: async (pipeline, options = {}) => {
      await run(options, (given) => client.clearPipeline({ pipeline }, given));
    },
    dismissError: async (pipeline, options = {}) => {
      await run(options, (given) => client.dismissPipelineError({ pipeline }, given));
    },
  };
}

function run<T>(options: CallOptions, call: (options: CallOptions) => Promise<T>): Promise<T> {
  return calling(() => call(options), options.signal);
}

function present(pipeline: Pipeline | undefined): Pipeline {
  if (pipeline === undefined) throw new TypeError("the server answered without a pipeline");
  return pipeline;
}
