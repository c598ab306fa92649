/** Pipelines: list, read, create, replace, patch and delete. */

import { type PipelineFields, type Reason, type Service, ServiceError } from "@tidemark/service";
import { z } from "zod";

import { EMPTY, json } from "./answer.ts";
import { connectorErrorCount } from "./connector-json.ts";
import { type Call, type Operation, operation, type OperationDescription } from "./operation.ts";
import { choice } from "./params.ts";
import { pipelineJson, type Selector, selectedPipelineJson, SELECTORS } from "./pipeline-json.ts";
import {
  PATCH_PIPELINE,
  PIPELINE_INFO,
  PIPELINE_SELECTED_INFO,
  POST_PUT_PIPELINE,
  type Sent,
} from "./schemas/pipeline-schemas.ts";
import { type JsonObject, type PipelineRecord } from "./service-answers.ts";

const ALL = "/v0/pipelines";
const ONE = "/v0/pipelines/{pipeline_name}";
const FRESH = { "Cache-Control": "no-cache" };

/** The operations on pipelines as such. */
export function pipelineOperations(service: Service): readonly Operation[] {
  return [
    ...readOperations(service),
    create(service),
    replace(service),
    patch(service),
    remove(service),
  ];
}

function readOperations(service: Service): readonly Operation[] {
  return [
    operation({
      ...reading("list_pipelines", ALL),
      summary: "List all pipelines",
      description: "By their ids, so oldest first. `status` is the selector to poll with.",
      takes: { query: SELECTING },
      answers: { 200: { description: "The pipelines.", json: z.array(PIPELINE_SELECTED_INFO) } },
      errors: [],
      async run(call, { query: { selector } }) {
        const records = await service.pipelines.list(call.caller);
        const pipelines = records.map((record) => selected(service, call, record, selector));
        return json(await Promise.all(pipelines), { headers: FRESH });
      },
    }),
    operation({
      ...reading("get_pipeline", ONE),
      summary: "Read a pipeline",
      description: "`status` is the selector to poll with.",
      takes: { query: SELECTING },
      answers: { 200: { description: "The pipeline.", json: PIPELINE_SELECTED_INFO } },
      errors: ["UnknownPipelineName"],
      async run(call, { query: { selector } }) {
        const record = await service.pipelines.get(call.caller, call.param("pipeline_name"));
        return json(await selected(service, call, record, selector), { headers: FRESH });
      },
    }),
  ];
}

const SELECTING = z.object({
  selector: choice(
    "Which fields: all; those that say what it does; those, and how many errors its connectors have had.",
    SELECTORS,
  ),
});

async function selected(
  service: Service,
  call: Call,
  record: PipelineRecord,
  selector: Selector,
): Promise<JsonObject> {
  const errors =
    selector === "status_with_connectors"
      ? await connectorErrors(service, call, record.name)
      : undefined;
  return selectedPipelineJson(record, selector, errors);
}

function create(service: Service): Operation {
  return operation({
    ...writing("post_pipeline", "POST", ALL),
    summary: "Create a pipeline",
    description:
      "The program is compiled in the background; `program_status` tells when it is done.",
    takes: { body: POST_PUT_PIPELINE },
    answers: { 201: { description: "It is created.", json: PIPELINE_INFO } },
    errors: [...DESCRIPTOR_ERRORS, "DuplicateName", "TooManyPipelines"],
    async run(call, { body }) {
      const record = await service.pipelines.create(call.caller, fields(body));
      return json(pipelineJson(record), { status: 201 });
    },
  });
}

function replace(service: Service): Operation {
  return operation({
    ...writing("put_pipeline", "PUT", ONE),
    summary: "Create or replace a pipeline",
    description: "Another name in the body renames it.",
    takes: { body: POST_PUT_PIPELINE },
    answers: {
      200: { description: "It is replaced.", json: PIPELINE_INFO },
      201: { description: "It is created.", json: PIPELINE_INFO },
    },
    errors: [
      ...DESCRIPTOR_ERRORS,
      ...EDIT_ERRORS,
      "TooManyPipelines",
      "CannotRenameNonExistingPipeline",
    ],
    async run(call, { body }) {
      const name = call.param("pipeline_name");
      const { created, record } = await service.pipelines.replace(call.caller, name, fields(body));
      return json(pipelineJson(record), { status: created ? 201 : 200 });
    },
  });
}

function patch(service: Service): Operation {
  return operation({
    ...writing("patch_pipeline", "PATCH", ONE),
    summary: "Change some fields of a pipeline",
    description: "Description and tags can be changed at any time, the rest while it is stopped.",
    takes: { body: PATCH_PIPELINE },
    answers: { 200: { description: "It is changed.", json: PIPELINE_INFO } },
    errors: [...DESCRIPTOR_ERRORS, ...EDIT_ERRORS, "UnknownPipelineName"],
    async run(call, { body }) {
      const name = call.param("pipeline_name");
      return json(pipelineJson(await service.pipelines.patch(call.caller, name, fields(body))));
    },
  });
}

function remove(service: Service): Operation {
  return operation({
    ...writing("delete_pipeline", "DELETE", ONE),
    summary: "Delete a pipeline",
    description: "It must be stopped and its storage cleared.",
    takes: {},
    answers: { 200: { description: "It is deleted." } },
    errors: [
      "UnknownPipelineName",
      "DeleteRestrictedToFullyStopped",
      "DeleteRestrictedToClearedStorage",
    ],
    async run(call) {
      await service.pipelines.delete(call.caller, call.param("pipeline_name"));
      return EMPTY;
    },
  });
}

const DESCRIPTOR_ERRORS: readonly Reason[] = [
  "EmptyName",
  "TooLongName",
  "NameDoesNotMatchPattern",
  "TooLongDescription",
  "TooManyTags",
  "InvalidTag",
  "InvalidRuntimeConfig",
  "InvalidProgramConfig",
];

const EDIT_ERRORS: readonly Reason[] = [
  "DuplicateName",
  "UpdateRestrictedToStopped",
  "EditRestrictedToClearedStorage",
];

type Heading = Pick<OperationDescription, "id" | "method" | "path" | "role" | "tag">;

function reading(id: string, path: string): Heading {
  return { id, method: "GET", path, role: "read", tag: "Pipeline CRUD" };
}

function writing(id: string, method: OperationDescription["method"], path: string): Heading {
  return { id, method, path, role: "write", tag: "Pipeline CRUD" };
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

function fields(body: Sent): PipelineFields {
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
