/** Egress: the changes of a table or view, as a stream of JSON chunks, one a line. */

import { invalidParam, type Service, ServiceError } from "@tidemark/service";
import { z } from "zod";

import { chunkLine, failureLine } from "./egress-line.ts";
import { readAnyJson } from "./json-body.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { choice, flag, optionalText } from "./params.ts";
import { type Query, remainingParams } from "./query-params.ts";
import { CHUNK } from "./schemas/egress-schemas.ts";
import { type EgressChunk, type EgressSettings, type JsonValue } from "./service-answers.ts";

const MAXIMUM_BODY_BYTES = 262_144;

type Log = (requestId: string, error: unknown) => void;

/** The operation that answers with a stream of changes. */
export function egressOperations(service: Service, log: Log): readonly Operation[] {
  return [
    operation({
      id: "http_output",
      method: "POST",
      path: "/v0/pipelines/{pipeline_name}/egress/{table_name}",
      role: "write",
      access: "gated",
      tag: "Output Connectors",
      summary: "Subscribe to a view or table",
      description:
        "Streams what every later step changes, until the client closes the connection or the pipeline stops: deletes, then inserts, each sorted. Settings are given by the query string, or as a connector's configuration in the body. A chunk without data says that nothing happened for three seconds; a sequence number that is missing was dropped because the client did not keep up, which `backpressure` prevents. A stream that can't go on ends with a line that has an `error`.",
      takes: { query: SUBSCRIBE },
      otherQuery: "Any other setting of the format, by its name.",
      takesStream: {
        "application/json":
          "A connector's configuration; there may be no query parameters then. Empty where they are used.",
      },
      answers: {
        200: { description: "The subscription has begun; chunks follow, one a line.", json: CHUNK },
      },
      errors: [
        "ExternalEngine",
        "PayloadTooLarge",
        "ApiConnectionLimit",
        "ConfigError.UnknownOutputStream",
        "ConfigError.InvalidTransportConfig",
      ],
      async run(call, { query }) {
        const body = await readAnyJson(call.request, MAXIMUM_BODY_BYTES);
        const settings =
          body === undefined ? simple(call.query(), query) : whole(call.query(), body);
        const relation = call.param("table_name");
        const { chunks, format } = await service.subscribe(
          call.caller,
          { pipeline: call.param("pipeline_name"), relation, settings },
          { signal: call.signal },
        );
        const field = format === "csv" ? "text_data" : "json_data";
        return {
          status: 200,
          headers: { "Content-Type": "application/json" },
          body: lines(chunks, { field, call, log }),
        };
      },
    }),
  ];
}

const SUBSCRIBE = z.object({
  format: choice("How changes are written: `csv` or `json`.", ["csv", "json"]),
  backpressure: flag("Hold up the pipeline rather than drop chunks where the client is slow."),
  send_snapshot: flag("Send all rows first; of materialized relations only."),
  array: flag("Taken for true: the events of a chunk are always one array."),
  update_format: optionalText("What a JSON event is: `insert_delete` or `raw`."),
  buffer_size_records: optionalText("The most records in one chunk."),
  delimiter: optionalText("Between the columns of CSV."),
});

function simple(all: Query, query: z.output<typeof SUBSCRIBE>): EgressSettings {
  const { format: name, backpressure, send_snapshot: sendSnapshot } = query;
  const config = remainingParams(all, ["format", "backpressure", "send_snapshot", "array"]);
  return { kind: "simple", format: { name, config }, backpressure, sendSnapshot };
}

function whole(all: Query, config: JsonValue): EgressSettings {
  if (all.size === 0) return { kind: "connector", config };
  throw invalidParam("Can't mix configuration between JSON body and query parameters");
}

async function* lines(
  chunks: AsyncIterable<EgressChunk>,
  by: { readonly field: "json_data" | "text_data"; readonly call: Call; readonly log: Log },
): AsyncIterable<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let next = 0;
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each chunk is pulled once the last one is sent
      const result = await iterator.next();
      if (result.done === true) return;
      next = result.value.sequenceNumber + 1;
      yield chunkLine(result.value, by.field);
    }
  } catch (error) {
    yield failureLine(next, told(error, by.call, by.log));
  } finally {
    await iterator.return?.();
  }
}

function told(error: unknown, call: Call, log: Log): string {
  if (error instanceof ServiceError) return error.message;
  if (!call.signal.aborted) log(call.requestId, error);
  return `the stream failed inside the server (request ${call.requestId})`;
}
