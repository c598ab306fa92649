/** The responses of an operation: its successes, and its errors with the reasons of each status. */

import { type Reason, REASONS } from "@tidemark/service";

import { errorsOf } from "../errors-of.ts";
import { type AnswerShape, type OperationDescription } from "../operation.ts";
import { ERROR_RESPONSE } from "../schemas/error-schema.ts";
import { type JsonObject } from "../service-answers.ts";
import { type ComponentSchemas } from "./component-schemas.ts";

/** All responses, by status. */
export function responsesJson(
  operation: OperationDescription,
  schemas: ComponentSchemas,
): JsonObject {
  const { answers } = operation;
  const errors = Map.groupBy(errorsOf(operation), (reason) => REASONS[reason].http);
  const statuses = new Set([...Object.keys(answers).map(Number), ...errors.keys()]);
  const responses = [...statuses].map((status): readonly [number, JsonObject] => {
    const answer = answers[status];
    const reasons = errors.get(status);
    return [
      status,
      responseJson([
        ...(answer === undefined ? [] : [success(answer, schemas)]),
        ...(reasons === undefined ? [] : [failure(reasons, schemas)]),
      ]),
    ];
  });
  return Object.fromEntries(responses);
}

/** Bodies that are no JSON, by media type. */
export function streamsJson(streams: Readonly<Record<string, string>>): JsonObject {
  const entries = Object.entries(streams).map(([type, description]) => {
    return [type, { schema: { type: "string", format: "binary", description } }];
  });
  return Object.fromEntries(entries);
}

interface Part {
  readonly description: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: JsonObject | undefined;
  readonly streams: Readonly<Record<string, string>>;
}

function success(answer: AnswerShape, schemas: ComponentSchemas): Part {
  return {
    description: answer.description,
    headers: answer.headers ?? {},
    json: answer.json === undefined ? undefined : schemas.write(answer.json, "output"),
    streams: answer.streams ?? {},
  };
}

function failure(reasons: readonly Reason[], schemas: ComponentSchemas): Part {
  const retry = reasons.some((reason) => REASONS[reason].retryAfterSeconds !== undefined);
  const envelope = schemas.write(ERROR_RESPONSE, "output");
  const codes = { type: "object", properties: { error_code: { enum: reasons } } };
  return {
    description: reasons.map((reason) => `- \`${reason}\`: ${REASONS[reason].cause}`).join("\n"),
    headers: retry ? { "Retry-After": "Seconds after which trying again makes sense." } : {},
    json: { allOf: [envelope, codes] },
    streams: {},
  };
}

/** One response of what can be said with the same status. */
function responseJson(parts: readonly Part[]): JsonObject {
  const schemas = parts.map(({ json }) => json).filter((json) => json !== undefined);
  const content = {
    ...streamsJson(merged(parts.map(({ streams }) => streams))),
    ...(schemas.length === 0 ? {} : { "application/json": { schema: anyOf(schemas) } }),
  };
  const headers = merged(parts.map((part) => part.headers));
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return {
    description: parts.map(({ description }) => description).join("\n\n"),
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function merged(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record)));
}

function anyOf(schemas: readonly JsonObject[]): JsonObject {
  const [first, ...others] = schemas;
  return first !== undefined && others.length === 0 ? first : { anyOf: schemas };
}
