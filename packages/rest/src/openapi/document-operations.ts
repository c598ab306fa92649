/** The operations that describe all the others: the OpenAPI document. */

import { type Answer, json } from "../answer.ts";
import { type Operation, operation } from "../operation.ts";
import { ANY_OBJECT } from "../schemas/values.ts";
import { openApiDocument } from "./document.ts";

/** `/openapi.json`, of these operations and of itself. */
export function documentOperations(
  operations: readonly Operation[],
  version: string,
): readonly Operation[] {
  const document = operation({
    id: "get_openapi",
    method: "GET",
    path: "/openapi.json",
    role: "anyone",
    tag: "Platform",
    summary: "Read this document",
    description: "OpenAPI 3.1, made of the schemas that validate requests.",
    takes: {},
    answers: { 200: { description: "The document.", json: ANY_OBJECT } },
    errors: [],
    run: () => answer,
  });
  const answer: Answer = json(openApiDocument([...operations, document], version));
  return [document];
}
