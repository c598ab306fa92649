/** The OpenAPI document: everything that the operations declare, in the standard's form. */

import { type OperationDescription, type Takes } from "../operation.ts";
import { PLACEHOLDERS, placeholdersOf } from "../placeholders.ts";
import { isOptional } from "../read-taken.ts";
import { type JsonObject } from "../service-answers.ts";
import { ComponentSchemas } from "./component-schemas.ts";
import { responsesJson, streamsJson } from "./responses.ts";

/** An OpenAPI 3.1 document of these operations. */
export function openApiDocument(
  operations: readonly OperationDescription[],
  version: string,
): JsonObject {
  const schemas = new ComponentSchemas();
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationJson(operation, schemas),
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tidemark", version, description: INTRODUCTION },
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key, or a token of a user." },
      },
    },
  };
}

const INTRODUCTION =
  "Has everything I wrote been processed yet? A pipeline runs a SQL program over input and output connectors; a completion token stands for a position of an input, and tells when everything up to it has been processed.\n\nEvery error is `{message, error_code, details}` as `application/json`; each operation lists the codes it can have.";

function operationJson(operation: OperationDescription, schemas: ComponentSchemas): JsonObject {
  const body = bodyJson(operation, schemas);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    security: operation.role === "anyone" ? [] : [{ key: [] }],
    parameters: parametersJson(operation, schemas),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesJson(operation, schemas),
  };
}

function parametersJson(
  { path, takes, otherQuery }: OperationDescription,
  schemas: ComponentSchemas,
): readonly JsonObject[] {
  const placeholders = placeholdersOf(path).map((name) => {
    const description = PLACEHOLDERS[name];
    if (description === undefined) throw new TypeError(`placeholder '${name}' is not described`);
    return { name, in: "path", required: true, description, schema: { type: "string" } };
  });
  const others = {
    name: "other",
    in: "query",
    required: false,
    description: otherQuery ?? "",
    schema: { type: "object", additionalProperties: { type: "string" } },
  };
  return [
    ...placeholders,
    ...listed("query", takes.query, schemas),
    ...listed("header", takes.headers, schemas),
    ...(otherQuery === undefined ? [] : [others]),
  ];
}

function listed(
  place: "query" | "header",
  params: Takes["query"],
  schemas: ComponentSchemas,
): readonly JsonObject[] {
  return Object.entries(params?.shape ?? {}).map(([name, param]) => {
    const { description: _, ...schema } = schemas.write(param, "output");
    const required = !isOptional(param);
    return { name, in: place, required, description: param.description, schema };
  });
}

function bodyJson(
  { takes, takesStream }: OperationDescription,
  schemas: ComponentSchemas,
): JsonObject | undefined {
  if (takes.body !== undefined) {
    const schema = schemas.write(takes.body, "input");
    return { required: !isOptional(takes.body), content: { "application/json": { schema } } };
  }
  return takesStream === undefined
    ? undefined
    : { required: false, content: streamsJson(takesStream) };
}
