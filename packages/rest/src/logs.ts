/** Logs: the latest of what happened to a pipeline, as lines of text. */

import { type LogPosition, type Service } from "@tidemark/service";
import { z } from "zod";

import { type Operation, operation } from "./operation.ts";
import { flag, optionalText } from "./params.ts";

function positionHeaders({ epoch, seq, gap }: LogPosition): Readonly<Record<string, string>> {
  return {
    "feldera-logs-epoch": epoch,
    "feldera-logs-seq": String(seq),
    "feldera-logs-gap": String(gap),
  };
}

/** The operation that answers a pipeline's log. */
export function logOperations({ pipelines }: Service): readonly Operation[] {
  return [
    operation({
      id: "get_pipeline_logs",
      method: "GET",
      path: "/v0/pipelines/{pipeline_name}/logs",
      role: "read",
      tag: "Metrics & Debugging",
      summary: "Read a pipeline's log",
      description:
        "The latest lines of what happened to the pipeline and its connectors since the server started, then those to come until the pipeline is deleted. A bounded number is kept, in memory. The body holds lines only, so that a reader comes back with the cursor `{feldera-logs-epoch}:{feldera-logs-seq + lines read}`; `feldera-logs-gap` says how many lines after its cursor are no longer kept.",
      takes: {
        query: z.object({
          cursor: optionalText(
            "`<epoch>:<seq>`: after which line. Empty, or of an earlier start of the server: from the first line that is kept. Left out, the same, without the headers of the position.",
          ),
          follow: flag("Whether lines to come are sent as well.", true),
        }),
      },
      answers: {
        200: {
          description: "The lines.",
          streams: { "text/plain": "One line each." },
          headers: {
            "feldera-logs-epoch": "Of which log the line numbers are.",
            "feldera-logs-seq": "The number of the line before the first.",
            "feldera-logs-gap": "How many lines after the cursor are no longer kept.",
          },
        },
      },
      errors: ["UnknownPipelineName"],
      async run(call, { query: { cursor, follow } }) {
        const { caller, signal } = call;
        const name = call.param("pipeline_name");
        const { position, lines } = await pipelines.logs(
          caller,
          name,
          { cursor, follow },
          { signal },
        );
        return {
          status: 200,
          headers: {
            "Content-Type": "text/plain; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            ...(position === undefined ? {} : positionHeaders(position)),
          },
          body: lines,
        };
      },
    }),
  ];
}
