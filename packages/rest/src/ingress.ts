/** Ingress: a body pushed into a table, answered with the token that covers it. */

import { type Ingested, type Reason, type Service } from "@tidemark/service";
import { z } from "zod";

import { type Answer, json } from "./answer.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { bodyChunks, refuseContentEncoding } from "./json-body.ts";
import { type Operation, operation } from "./operation.ts";
import { described, flag, optionalText } from "./params.ts";
import { APPLIED, grantedWait, type WaitLimits } from "./prefer.ts";
import { remainingParams } from "./query-params.ts";
import { PUSH_RESPONSE } from "./schemas/token-schemas.ts";
import { statusJson, waitApplied } from "./status-json.ts";

/** The operation that takes pushed bodies, as large as they come. */
export function ingressOperations(service: Service, limits: WaitLimits): readonly Operation[] {
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
        "Answers once the body is parsed and queued, with the token that covers it. Records that don't fit are told by `ParseErrors`; of CSV and of JSON that isn't an array the others are taken all the same, unless `atomic` is set.",
      takes: { query: PUSH, headers: PUSH_HEADERS },
      otherQuery: "Any other setting of the format, by its name.",
      takesStream: {
        "application/json": "Records as JSON, one after the other or in one array.",
        "text/csv": "Records as CSV.",
        "text/plain": "Records of any textual format.",
      },
      answers: {
        200: {
          description: "The records are queued, or as far as the request asks.",
          json: PUSH_RESPONSE,
          headers: APPLIED,
        },
      },
      errors: PUSH_ERRORS,
      async run(
        call,
        { query: { atomic, connector_metadata: metadata, durable, force, format }, headers },
      ) {
        const config = remainingParams(call.query(), OWN_PARAMS);
        refuseContentEncoding(call.request);
        const seconds = grantedWait(limits, headers.Prefer);
        const pushed = await service.ingest(
          call.caller,
          {
            pipeline: call.param("pipeline_name"),
            table: call.param("table_name"),
            format: { name: format, config },
            force,
            metadata,
            durable,
            atomic,
            idempotencyKey: idempotencyKey(headers["Idempotency-Key"]),
            waitMs: seconds === undefined ? undefined : seconds * 1000,
            body: bodyChunks(call.request),
          },
          { signal: call.signal },
        );
        return pushAnswer(pushed, seconds);
      },
    }),
  ];
}

function pushAnswer({ token, status }: Ingested, waitSeconds = 0): Answer {
  if (status === undefined) return json({ token });
  return json({ token, ...statusJson(status) }, { headers: waitApplied(waitSeconds) });
}

const PUSH = z.object({
  atomic: flag(
    "Take all of the body or nothing: nothing where one record doesn't fit, or where it breaks off.",
  ),
  connector_metadata: optionalText(
    "A JSON object that holds for every record; `CONNECTOR_METADATA()` in the defaults of columns reads it.",
  ),
  durable: flag("Answer only once all records are committed; with a key that is always so."),
  force: flag("Take it also while the pipeline is paused; otherwise it waits."),
  format: described(z.string().default("csv"), "The body's format: `json` or `csv`."),
  array: optionalText("`true` where the body is JSON arrays of records."),
  update_format: optionalText("What a JSON record is: `raw`, a row, or `insert_delete`, a change."),
});

/** What is about the push; all else is a setting of the format. */
const OWN_PARAMS = ["atomic", "connector_metadata", "durable", "force", "format"];

const PUSH_HEADERS = z.object({
  "Idempotency-Key": optionalText(
    "1 to 255 printable ASCII characters, quoted or not. The same body under the same key is taken once and answered with the same token, once it is committed; another body, table or format under it is refused.",
  ),
  Prefer: optionalText(
    "`wait=N`: waits up to N seconds for completeness and tells in the body what it found.",
  ),
});

const PUSH_ERRORS: readonly Reason[] = [
  "IdempotencyKeyReused",
  "ExternalEngine",
  "ParseErrors",
  "ApiConnectionLimit",
  "PayloadTooLarge",
  "ConfigError.UnknownInputFormat",
  "ConfigError.ParserConfigParseError",
  "ConfigError.InputFormatNotSupported",
  "ConfigError.UnknownInputStream",
  "ConfigError.InvalidTransportConfig",
];
