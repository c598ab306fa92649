/** A request for every odd name in every place where a path has one. */

import { type Json } from "./json.ts";
import { type OddRequest } from "./odd-requests.ts";
import { ODD_TEXTS } from "./odd-values.ts";
import { operationsOf } from "./open-api.ts";

const USUAL: Readonly<Record<string, string>> = {
  pipeline_name: "target",
  table_name: "t",
  view_name: "v",
  connector_name: "c",
  action: "start",
  api_key_name: "made-1",
};

/** Enough for any operation to look at the names; what it doesn't know it ignores. */
const QUERY = "format=json&sql=SELECT+1&token=x";
const BODY = '{"name": "made-1", "program_code": "", "tokens": []}';

/** The requests; all of a path that are not odd are usual. */
export function oddlyNamed(document: Json): readonly OddRequest[] {
  return operationsOf(document).flatMap(({ method, path, parameters }) =>
    parameters
      .filter((parameter) => parameter.in === "path")
      .flatMap(({ name }) =>
        ODD_TEXTS.filter((odd) => odd !== "").map((odd) => ({
          method,
          target: `${filled(path, { ...USUAL, [name]: odd })}?${QUERY}`,
          path,
          headers: method === "GET" ? {} : { "Content-Type": "application/json" },
          body: method === "GET" || method === "DELETE" ? undefined : BODY,
        })),
      ),
  );
}

function filled(path: string, names: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(names[name] ?? ""));
}
