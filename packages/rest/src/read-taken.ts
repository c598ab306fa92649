/** What a request gives: its query string, headers and body, read as an operation's schemas ask. */

import { invalidParam } from "@tidemark/service";
import { type z } from "zod";

import { hasBody, readJson } from "./json-body.ts";
import { type Call, type Taken, type Takes } from "./operation.ts";
import { type Query } from "./query-params.ts";

/** Reads and validates it; every mistake says which parameter or field is at fault. */
export async function readTaken<T extends Takes>(
  call: Call,
  takes: T,
  schema: z.ZodObject<T>,
): Promise<Taken<T>> {
  const given = {
    query: queryValues(call.query(), takes.query?.shape ?? {}),
    headers: headerValues(call, Object.keys(takes.headers?.shape ?? {})),
    body: await bodyOf(call, takes.body),
  };
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw invalidParam(result.error.issues.map((issue) => described(issue, given)).join("; "));
}

/** Whether a schema's value may be left out. */
export function isOptional(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success;
}

interface Given {
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}

async function bodyOf(call: Call, schema: z.ZodType | undefined): Promise<unknown> {
  if (schema === undefined || (!hasBody(call.request) && isOptional(schema))) return undefined;
  return await readJson(call.request, call.maximumJsonBytes);
}

function queryValues(query: Query, schemas: Readonly<Record<string, z.ZodType>>): Given["query"] {
  const given: Record<string, string | readonly string[]> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const values = query.get(name) ?? [];
    const [first, ...more] = values;
    if (first === undefined) continue;
    if (more.length > 0 && !isList(schema)) {
      throw invalidParam(`query parameter '${name}' is given ${values.length} times`);
    }
    given[name] = isList(schema) ? values : first;
  }
  return given;
}

/** Whether a parameter may be given any number of times. */
function isList(schema: z.ZodType): boolean {
  return schema.safeParse([]).success;
}

function headerValues({ request }: Call, names: readonly string[]): Given["headers"] {
  const values = names.flatMap((name) => {
    const value = request.headers[name.toLowerCase()];
    if (value === undefined) return [];
    return [[name, typeof value === "string" ? value : value.join(", ")] as const];
  });
  return Object.fromEntries(values);
}

function described(issue: z.core.$ZodIssue, given: Given): string {
  const [part, ...path] = issue.path.map(String);
  const name = path.join(".");
  if (part === "body") {
    return name === "" ? `the body ${issue.message}` : `field '${name}' ${issue.message}`;
  }
  const kind = part === "headers" ? "header" : "query parameter";
  const value = given[part === "headers" ? "headers" : "query"][name];
  if (value === undefined) return `missing ${kind} '${name}'`;
  return `${kind} '${name}' ${issue.message}, not '${shown(String(value))}'`;
}

function shown(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
