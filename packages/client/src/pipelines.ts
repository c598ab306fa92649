/** Pipelines: create, read, start, stop, and waiting for what was asked to come true. */

import { type JsonObject } from "@bufbuild/protobuf";
import { type Pipeline, PipelineService } from "@tidemark/api";
import { type Client, createClient, type Transport } from "@connectrpc/connect";

import { calling, tidemarkError } from "./tidemark-error.ts";
import { type CallOptions } from "./tokens.ts";

/** What a user says of a pipeline. */
export interface PipelineFields {
  readonly name?: string;
  readonly programCode?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly runtimeConfig?: JsonObject;
  readonly programConfig?: JsonObject;
}

/** The calls on pipelines. */
export interface PipelineCalls {
  list(options?: CallOptions): Promise<readonly Pipeline[]>;
  get(name: string, options?: CallOptions): Promise<Pipeline>;
  /** The pipeline now and after every change of it, conflated; ends when it is deleted. */
  watch(name: string, options?: CallOptions): AsyncIterable<Pipeline>;
  create(
    fields: PipelineFields & { readonly name: string; readonly programCode: string },
    options?: CallOptions,
  ): Promise<Pipeline>;
  /** Creates it, or gives the one that exists all these fields; absent ones take their default. */
  replace(
    name: string,
    fields: PipelineFields & { readonly programCode: string },
    options?: CallOptions,
  ): Promise<{ readonly pipeline: Pipeline; readonly created: boolean }>;
  /** Changes the fields that are given; `name` gives it a new name. */
  update(name: string, fields: PipelineFields, options?: CallOptions): Promise<Pipeline>;
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
    watch: async function* watch(pipeline, options = {}) {
      try {
        for await (const update of client.watchPipeline({ pipeline }, options)) {
          yield present(update.pipeline);
        }
      } catch (cause) {
        options.signal?.throwIfAborted();
        throw tidemarkError(cause);
      }
    },
    create: async ({ tags = [], ...fields }, options = {}) => {
      const request = { ...fields, tags: [...tags] };
      return present(
        (await run(options, (given) => client.createPipeline(request, given))).pipeline,
      );
    },
    replace: async (pipeline, { tags = [], ...fields }, options = {}) => {
      const request = { pipeline, fields: { ...fields, tags: [...tags] } };
      const answer = await run(options, (given) => client.replacePipeline(request, given));
      return { pipeline: present(answer.pipeline), created: answer.created };
    },
    update: async (pipeline, { tags, ...fields }, options = {}) => {
      const request = {
        pipeline,
        ...fields,
        ...(tags === undefined ? {} : { tags: { tags: [...tags] } }),
      };
      return present(
        (await run(options, (given) => client.updatePipeline(request, given))).pipeline,
      );
    },
    delete: async (pipeline, options = {}) => {
      await run(options, (given) => client.deletePipeline({ pipeline }, given));
    },
    ...lifecycleCalls(client),
  };
}

function lifecycleCalls(
  client: Client<typeof PipelineService>,
): Pick<PipelineCalls, "start" | "stop" | "pause" | "resume" | "clear" | "dismissError"> {
  return {
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
