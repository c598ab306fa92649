/** Pipelines and their lifecycle over RPC. */

import {
  type CreatePipelineRequest,
  PipelineService,
  type UpdatePipelineRequest,
} from "@tidemark/api";
import { invalidParam, type PipelineFields, type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { pipelineMessage } from "./translate/pipeline.ts";

/** Binds the methods on pipelines. */
export function bindPipelines(binder: Binder, { pipelines }: Pick<Service, "pipelines">): void {
  bindReading(binder, pipelines);
  bindEditing(binder, pipelines);
  bindLifecycle(binder, pipelines);
}

function bindReading(binder: Binder, pipelines: Service["pipelines"]): void {
  const { method } = PipelineService;
  binder.unary(method.listPipelines, async (_request, { caller }) => ({
    pipelines: (await pipelines.list(caller)).map(pipelineMessage),
  }));
  binder.unary(method.getPipeline, async ({ pipeline }, { caller }) => ({
    pipeline: pipelineMessage(await pipelines.get(caller, pipeline)),
  }));
  binder.serverStream(
    method.watchPipeline,
    async function* watchPipeline({ pipeline }, { caller, signal }) {
      for await (const record of pipelines.watch(caller, pipeline, { signal })) {
        yield { pipeline: pipelineMessage(record) };
      }
    },
  );
}

function bindEditing(binder: Binder, pipelines: Service["pipelines"]): void {
  const { method } = PipelineService;
  binder.unary(method.createPipeline, async (request, { caller }) => ({
    pipeline: pipelineMessage(await pipelines.create(caller, createdFields(request))),
  }));
  binder.unary(method.replacePipeline, async ({ pipeline, fields }, { caller }) => {
    if (fields === undefined) throw invalidParam("'fields' is missing");
    const given = createdFields(fields);
    const whole = { ...given, name: fields.name === "" ? pipeline : fields.name };
    const { created, record } = await pipelines.replace(caller, pipeline, whole);
    return { pipeline: pipelineMessage(record), created };
  });
  binder.unary(method.updatePipeline, async (request, { caller }) => ({
    pipeline: pipelineMessage(
      await pipelines.patch(caller, request.pipeline, updatedFields(request)),
    ),
  }));
  binder.unary(method.deletePipeline, async ({ pipeline }, { caller }) => {
    await pipelines.delete(caller, pipeline);
    return {};
  });
}

function bindLifecycle(binder: Binder, pipelines: Service["pipelines"]): void {
  const { method } = PipelineService;
  binder.unary(method.startPipeline, async (request, { caller }) => {
    const initial = request.initial === "" ? "running" : request.initial;
    const dismissError = !request.keepError;
    await pipelines.start(caller, request.pipeline, { initial, dismissError });
    return {};
  });
  binder.unary(method.stopPipeline, async ({ pipeline, force }, { caller }) => {
    await pipelines.stop(caller, pipeline, { force });
    return {};
  });
  binder.unary(method.pausePipeline, ({ pipeline }, { caller }) =>
    pipelines.pause(caller, pipeline),
  );
  binder.unary(method.resumePipeline, ({ pipeline }, { caller }) =>
    pipelines.resume(caller, pipeline),
  );
  binder.unary(method.clearPipeline, async ({ pipeline }, { caller }) => {
    await pipelines.clear(caller, pipeline);
    return {};
  });
  binder.unary(method.dismissPipelineError, async ({ pipeline }, { caller }) => {
    await pipelines.dismissError(caller, pipeline);
    return {};
  });
}

function createdFields(request: CreatePipelineRequest): PipelineFields {
  const { name, description, tags, programCode, udfRust, udfToml } = request;
  const { runtimeConfig, programConfig } = request;
  return { name, description, tags, programCode, udfRust, udfToml, runtimeConfig, programConfig };
}

function updatedFields(request: UpdatePipelineRequest): PipelineFields {
  const { name, description, programCode, udfRust, udfToml } = request;
  const { runtimeConfig, programConfig } = request;
  const tags = request.tags?.tags;
  return { name, description, tags, programCode, udfRust, udfToml, runtimeConfig, programConfig };
}
