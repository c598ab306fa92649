/** Ingress: a body pushed into a table, answered with the token that covers it. */

import { type Reason, type Service } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { bodyChunks, refuseContentEncoding } from "./json-body.ts";
import { type Operation, operation } from "./operation.ts";
import { described, flag, optionalText } from "./params.ts";
import { remainingParams } from "./query-params.ts";
import { TOKEN_RESPONSE } from "./schemas/token-schemas.ts";

/** The operation that takes pushed bodies, as large as they come. */
export function ingressOperations(service: Service): readonly Operation[] {
  return [
    operation({
      id: "http_input",
      method: "POST",
      path: "/v0/pipelines/{pipeline_name}/ingress/{table_name}",
      role: "write",
      access: "gated",
      tag: "Input Connectors",
      summary: "Push records into a table",
      description:
        "Answers once the body is parsed and queued, with the token that covers it. Records that don't fit are told by `ParseErrors`; of CSV and of JSON that isn't an array the others are taken all the same.",
      takes: { query: PUSH },
      otherQuery: "Any other setting of the format, by its name.",
      takesStream: {
        "application/json": "Records as JSON, one after the other or in one array.",
        "text/csv": "Records as CSV.",
        "text/plain": "Records of any textual format.",
      },
      answers: { 200: { description: "The records are queued.", json: TOKEN_RESPONSE } },
      errors: PUSH_ERRORS,
      async run(call, { query: { force, format } }) {
        const config = remainingParams(call.query(), ["force", "format"]);
        refuseContentEncoding(call.request);
        const { token } = await service.ingest(
          call.caller,
          {
            pipeline: call.param("pipeline_name"),
            table: call.param("table_name"),
            format: { name: format, config },
            force,
            body: bodyChunks(call.request),
          },
          { signal: call.signal },
        );
        return json({ token });
      },
    }),
  ];
}

const PUSH = z.object({
  force: flag("Take it also while the pipeline is paused; otherwise it waits."),
  format: described(z.string().default("csv"), "The body's format: `json` or `csv`."),
  array: optionalText("`true` where the body is JSON arrays of records."),
  update_format: optionalText("What a JSON record is: `raw`, a row, or `insert_delete`, a change."),
});

const PUSH_ERRORS: readonly Reason[] = [
  "ExternalEngine",
  "ParseErrors",
  "ApiConnectionLimit",
  "ConfigError.UnknownInputFormat",
  "ConfigError.ParserConfigParseError",
  "ConfigError.InputFormatNotSupported",
  "ConfigError.UnknownInputStream",
  "ConfigError.InvalidTransportConfig",
];
