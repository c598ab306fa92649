/** The operations that describe all the others: the OpenAPI document, and a page of it to read. */

import { type Answer, json } from "../answer.ts";
import { type Operation, operation } from "../operation.ts";
import { ANY_OBJECT } from "../schemas/values.ts";
import { openApiDocument } from "./document.ts";
import { documentPage } from "./page.ts";

/** `/openapi.json` and `/docs`, of these operations and of themselves. */
export function documentOperations(
  operations: readonly Operation[],
  version: string,
): readonly Operation[] {
  const own = [
    operation({
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
      run: () => written,
    }),
    operation({
      id: "get_docs",
      method: "GET",
      path: "/docs",
      role: "anyone",
      tag: "Platform",
      summary: "Read this document as a page",
      description: "Plain HTML; it needs no script and no network.",
      takes: {},
      answers: {
        200: { description: "The page.", streams: { "text/html": "The document, for people." } },
      },
      errors: [],
      run: () => page,
    }),
  ];
  const document = openApiDocument([...operations, ...own], version);
  const written: Answer = json(document);
  const page: Answer = { status: 200, headers: PAGE_HEADERS, body: documentPage(document) };
  return own;
}

/** The page may load nothing, and no other page may frame it. */
const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};
