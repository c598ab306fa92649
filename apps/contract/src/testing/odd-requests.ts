/** Requests over all operations of a document, from almost right to quite absurd. */

import * as fc from "fast-check";

import { type Json } from "./json.ts";
import { oddBody, oddText, rows, type Setting, telling, valueOf } from "./odd-values.ts";
import { type DocumentedOperation, operationsOf, type Parameter } from "./open-api.ts";

/** A request as it goes over the wire. */
export interface OddRequest {
  readonly method: string;
  /** The path and query string as they are sent. */
  readonly target: string;
  /** The path of the document, where it is certain which one this is. */
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Requests to a server with this document; `tokens` are real ones. */
export function oddRequests(document: Json, tokens: readonly string[]): fc.Arbitrary<OddRequest> {
  const operations = operationsOf(document);
  const documented = fc
    .tuple(fc.constantFrom(...operations), fc.constantFrom(0, 0, 1, 8))
    .chain(([operation, oddity]) => requestOf(operation, { document, oddity, depth: 0 }, tokens));
  return fc.oneof(
    { weight: 12, arbitrary: documented },
    { weight: 2, arbitrary: documented.chain(withOddMethod) },
    { weight: 1, arbitrary: documented.chain(withBrokenTarget) },
  );
}

function requestOf(
  operation: DocumentedOperation,
  setting: Setting,
  tokens: readonly string[],
): fc.Arbitrary<OddRequest> {
  const inPath = operation.parameters.filter((one) => one.in === "path");
  const inQuery = operation.parameters.filter((one) => one.in === "query");
  const inHeader = operation.parameters.filter((one) => one.in === "header");
  const segments = inPath.map((one) => segmentOf(one.name, setting));
  const query = fc.tuple(...inQuery.map((one) => queryOf(one, tokens, setting)));
  const headers = fc.tuple(...inHeader.map((one) => headerOf(one, setting)));
  return fc
    .tuple(fc.tuple(...segments), query, headers, bodyOf(operation, setting), typeOf(setting))
    .map(([values, parts, named, body, type]) => {
      const names = new Map(inPath.map(({ name }, i) => [name, values[i] ?? ""]));
      const filled = operation.path.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
        encodeURIComponent(names.get(name) ?? ""),
      );
      const given = parts.filter((part) => part !== "").join("&");
      return {
        method: operation.method,
        target: given === "" ? filled : `${filled}?${given}`,
        path: values.includes("") ? undefined : operation.path,
        headers: { ...Object.fromEntries(named.flat()), ...(body === undefined ? {} : type) },
        body,
      };
    });
}

/** Never the innocent one. */
function segmentOf(name: string, { oddity }: Setting): fc.Arbitrary<string> {
  const usual = USUAL[name];
  const odd = oddText.filter((text) => text !== "innocent");
  return usual === undefined
    ? odd
    : fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...usual) },
        { weight: oddity, arbitrary: odd },
      );
}

const USUAL: Readonly<Record<string, readonly string[]>> = {
  pipeline_name: ["target", "target", "stopped"],
  table_name: ["t", "t", "t", "T", '"t"', "v"],
  view_name: ["v", "t"],
  connector_name: ["c", "out"],
  action: ["start", "pause"],
  api_key_name: ["made-1", "made-2"],
};

function queryOf(
  { name, schema, required }: Parameter,
  tokens: readonly string[],
  setting: Setting,
): fc.Arbitrary<string> {
  const { oddity } = setting;
  const token = name === "token" || name === "after";
  const usual = token ? fc.constantFrom(...tokens) : valueOf(name, schema, setting).map(written);
  const value = fc.oneof(
    { weight: 8, arbitrary: telling[name] ?? usual },
    { weight: oddity, arbitrary: fc.oneof(usual, oddText) },
  );
  const pair = value.map(
    (text) => `${name}=${encodeURIComponent(text.slice(0, 4000).toWellFormed())}`,
  );
  const broken = [`${name}=%zz`, `${name}=%ff`, name, `${name}[]=1`, `${name}=1&${name}=2`];
  return fc.oneof(
    { weight: 8, arbitrary: pair },
    { weight: required ? oddity : 12, arbitrary: fc.constant("") },
    { weight: oddity, arbitrary: fc.constantFrom(...broken) },
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function headerOf(
  { name }: Parameter,
  { oddity }: Setting,
): fc.Arbitrary<readonly (readonly [string, string])[]> {
  const plain = fc.string({ unit: "grapheme-ascii", maxLength: 40 });
  const value = fc.oneof(
    { weight: 8, arbitrary: telling[name] ?? plain },
    { weight: oddity, arbitrary: plain },
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    value.map((text) => [[name, text] as const]),
  );
}

function bodyOf(
  { id, body }: DocumentedOperation,
  setting: Setting,
): fc.Arbitrary<string | Uint8Array | undefined> {
  const { oddity } = setting;
  if (id === "http_input") return fc.oneof(rows, oddBody);
  if (body === undefined) {
    return fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      { weight: oddity, arbitrary: oddBody },
    );
  }
  const fitting = valueOf("", body, setting).map((value) => JSON.stringify(value) ?? "");
  return fc.oneof(
    { weight: 8, arbitrary: fitting },
    { weight: oddity, arbitrary: fc.oneof(oddBody, fc.constant(undefined)) },
  );
}

function typeOf({ oddity }: Setting): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant({ "Content-Type": "application/json" }) },
    { weight: oddity, arbitrary: ODD_TYPE },
  );
}

const ODD_TYPE = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { "Content-Type": "text/csv" },
  { "Content-Type": ";;;" },
  { "Content-Type": "application/json", "Content-Encoding": "gzip" },
  { "Content-Type": "application/json; charset=utf-16" },
  { "Content-Type": "application/json", Authorization: "Bearer \u00FF" },
  { "Content-Type": "application/json", "Feldera-Tenant": "other" },
  { "Content-Type": "application/json", Expect: "100-continue" },
);

function withOddMethod(request: OddRequest): fc.Arbitrary<OddRequest> {
  return fc
    .constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    .map((method) => ({ ...request, method, path: undefined }));
}

/** Cut, doubled or badly encoded somewhere. */
function withBrokenTarget(request: OddRequest): fc.Arbitrary<OddRequest> {
  const { target } = request;
  const place = fc.nat({ max: target.length });
  const pieces = fc.constantFrom(
    "%",
    "%zz",
    "%ff",
    "/",
    "//",
    "?",
    "#",
    ";",
    "\\",
    "%2F",
    "%00",
    "..",
  );
  return fc.tuple(place, pieces).map(([at, piece]) => ({
    ...request,
    target: `/${target.slice(1, at)}${piece}${target.slice(Math.max(1, at))}`,
    path: undefined,
  }));
}
