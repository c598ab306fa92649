/** An OpenAPI document, as far as the tests look into it. */

import { asList, asObject, below, type Json } from "./json.ts";

/** One method on one path. */
export interface DocumentedOperation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** With `{placeholders}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** The schema of a JSON body. */
  readonly body: unknown;
  readonly bodyRequired: boolean;
  /** By status, by media type: the schema; empty where there is no body. */
  readonly responses: Readonly<Record<string, Json>>;
}

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

/** All operations of a document. */
export function operationsOf(document: Json): readonly DocumentedOperation[] {
  return Object.entries(asObject(document["paths"])).flatMap(([path, methods]) =>
    Object.entries(asObject(methods)).map(([method, value]) => {
      const operation = asObject(value);
      return {
        id: String(operation["operationId"]),
        method: method.toUpperCase(),
        path,
        parameters: asList(operation["parameters"]).map(parameter),
        body: below(operation, "requestBody", "content", "application/json", "schema"),
        bodyRequired: below(operation, "requestBody", "required") === true,
        responses: Object.fromEntries(
          Object.entries(asObject(operation["responses"])).map(([status, response]) => [
            status,
            asObject(below(response, "content")),
          ]),
        ),
      };
    }),
  );
}

function parameter(value: unknown): Parameter {
  const { name, in: place, required, schema } = asObject(value);
  return { name: String(name), in: String(place), required: required === true, schema };
}
