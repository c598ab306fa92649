/** A walk through the contract's query parameters: each with each value that it may have. */

import { type CheckedClient } from "./checked-client.ts";
import { deployed, inTurn, stopped } from "./deploy.ts";
import { type Json } from "./json.ts";
import { type DocumentedOperation, operationsOf, type Parameter } from "./open-api.ts";
import { contract } from "./served.ts";
import { shapeOf } from "./shape.ts";
import { type Walk } from "./walks.ts";

const PIPELINE = "parameters";

/** What the contract leaves to its prose. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "http_output format": ["json", "csv"],
  "http_input format": ["json", "csv"],
  "post_pipeline_start initial": ["running", "paused", "standby"],
};

/** What the other parameters of a request are. */
const USUAL: Readonly<Record<string, string>> = {
  format: "json",
  force: "false",
  send_snapshot: "true",
  sql: "SELECT 1",
  token: "no token",
};

const FILLED: Readonly<Record<string, string>> = {
  "{pipeline_name}": PIPELINE,
  "{table_name}": "t",
};

/** Every documented value of every query parameter, one request each. */
export const parameters: Walk = async (checked) => {
  const document = await contract();
  await deployed(checked, PIPELINE);
  const operations = operationsOf(document).toSorted((a, b) => rank(a) - rank(b));
  await inTurn(operations, (operation) =>
    inTurn(
      operation.parameters.filter((parameter) => parameter.in === "query"),
      (parameter) =>
        inTurn(valuesOf(operation, parameter, document), (value) =>
          ask(checked, operation, { ...required(operation), [parameter.name]: value }),
        ),
    ),
  );
};

/** What needs a running pipeline comes before what starts and stops it. */
function rank({ id }: DocumentedOperation): number {
  return /start|stop/u.test(id) ? 1 : 0;
}

function required({ id, parameters: all }: DocumentedOperation): Readonly<Record<string, string>> {
  const names = all.filter((one) => one.in === "query" && one.required).map(({ name }) => name);
  // A subscription has something to say at once where it begins with a snapshot.
  if (id === "http_output") names.push("send_snapshot");
  return Object.fromEntries(names.map((name) => [name, USUAL[name] ?? ""]));
}

function valuesOf(
  { id }: DocumentedOperation,
  { name, schema }: Parameter,
  document: Json,
): readonly string[] {
  const { types, words } = shapeOf(schema, document);
  if (words !== undefined) return words.map(String);
  if (types.includes("boolean")) return ["true", "false"];
  return WORDS[`${id} ${name}`] ?? [USUAL[name] ?? ""];
}

async function ask(
  checked: CheckedClient,
  operation: DocumentedOperation,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  const { id, method, path } = operation;
  if (id === "post_pipeline_start") await stopped(checked, PIPELINE);
  const filled = path.replaceAll(/\{\w+\}/gu, (part) => FILLED[part] ?? part);
  const body = id === "http_input" ? '{"id": 1, "s": "a"}\n' : undefined;
  const target = `${filled}?${String(new URLSearchParams(query))}`;
  const response = await checked.raw(method, path, target, body === undefined ? {} : { body });
  await response.body?.cancel();
}
