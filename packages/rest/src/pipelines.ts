/** Pipelines: list, read, create, replace, patch and delete. */

import { type PipelineFields, type Service, ServiceError } from "@tidemark/service";
import { z } from "zod";

import { EMPTY, json } from "./answer.ts";
import { connectorErrorCount } from "./connector-json.ts";
import { readJson } from "./json-body.ts";
import { type Call, type Operation } from "./operation.ts";
import { pipelineJson, type Selector, selectedPipelineJson, SELECTORS } from "./pipeline-json.ts";
import { choiceParam } from "./query-params.ts";
import { type JsonObject, type PipelineRecord } from "./service-answers.ts";

const PATH = "/v0/pipelines/:pipeline_name";
const FRESH = { "Cache-Control": "no-cache" };

/** The operations on pipelines as such. */
export function pipelineOperations(
  service: Service,
  options: { readonly maximumJsonBytes: number },
): readonly Operation[] {
  return [...readOperations(service), ...writeOperations(service, options.maximumJsonBytes)];
}

function readOperations(service: Service): readonly Operation[] {
  const selected = async (call: Call, record: PipelineRecord): Promise<JsonObject> => {
    const selector = choiceParam<Selector>(call.query(), "selector", SELECTORS);
    const errors =
      selector === "status_with_connectors"
        ? await connectorErrors(service, call, record.name)
        : undefined;
    return selectedPipelineJson(record, selector, errors);
  };
  return [
    {
      method: "GET",
      path: "/v0/pipelines",
      role: "read",
      async run(call) {
        choiceParam<Selector>(call.query(), "selector", SELECTORS);
        const records = await service.pipelines.list(call.caller);
        const pipelines = await Promise.all(records.map((record) => selected(call, record)));
        return json(pipelines, { headers: FRESH });
      },
    },
    {
      method: "GET",
      path: PATH,
      role: "read",
      async run(call) {
        choiceParam<Selector>(call.query(), "selector", SELECTORS);
        const record = await service.pipelines.get(call.caller, call.param("pipeline_name"));
        return json(await selected(call, record), { headers: FRESH });
      },
    },
  ];
}

function writeOperations(service: Service, maximumBytes: number): readonly Operation[] {
  return [
    {
      method: "POST",
      path: "/v0/pipelines",
      role: "write",
      async run(call) {
        const body = await readJson(call.request, WHOLE, maximumBytes);
        const record = await service.pipelines.create(call.caller, fields(body));
        return json(pipelineJson(record), { status: 201 });
      },
    },
    {
      method: "PUT",
      path: PATH,
      role: "write",
      async run(call) {
        const name = call.param("pipeline_name");
        const body = await readJson(call.request, WHOLE, maximumBytes);
        const { created, record } = await service.pipelines.replace(
          call.caller,
          name,
          fields(body),
        );
        return json(pipelineJson(record), { status: created ? 201 : 200 });
      },
    },
    {
      method: "PATCH",
      path: PATH,
      role: "write",
      async run(call) {
        const name = call.param("pipeline_name");
        const body = await readJson(call.request, PARTIAL, maximumBytes);
        return json(pipelineJson(await service.pipelines.patch(call.caller, name, fields(body))));
      },
    },
    {
      method: "DELETE",
      path: PATH,
      role: "write",
      async run(call) {
        await service.pipelines.delete(call.caller, call.param("pipeline_name"));
        return EMPTY;
      },
    },
  ];
}

/** Undefined where the pipeline is not deployed, or has gone meanwhile. */
async function connectorErrors(
  service: Service,
  call: Call,
  name: string,
): Promise<number | undefined> {
  try {
    return connectorErrorCount(await service.connectors.stats(call.caller, name));
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

const TEXT = z.string({ error: (issue) => expected("a string", issue.input) });
const TEXTS = z.array(TEXT, { error: (issue) => expected("an array of strings", issue.input) });
const OBJECT = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  { error: (issue) => expected("an object", issue.input) },
);

const PARTIAL = z.object(
  {
    name: TEXT.nullish(),
    program_code: TEXT.nullish(),
    description: TEXT.nullish(),
    tags: TEXTS.nullish(),
    udf_rust: TEXT.nullish(),
    udf_toml: TEXT.nullish(),
    runtime_config: OBJECT.nullish(),
    program_config: OBJECT.nullish(),
  },
  { error: (issue) => expected("an object", issue.input) },
);

const WHOLE = PARTIAL.extend({
  name: TEXT,
  program_code: TEXT,
  description: TEXT.optional(),
  tags: TEXTS.optional(),
});

function expected(what: string, input: unknown): string {
  return input === undefined ? "is missing" : `must be ${what}`;
}

function fields(body: z.output<typeof PARTIAL>): PipelineFields {
  return {
    name: body.name ?? undefined,
    description: body.description ?? undefined,
    tags: body.tags ?? undefined,
    programCode: body.program_code ?? undefined,
    udfRust: body.udf_rust ?? undefined,
    udfToml: body.udf_toml ?? undefined,
    runtimeConfig: body.runtime_config ?? undefined,
    programConfig: body.program_config ?? undefined,
  };
}
