/** Ingress: a body pushed into a table, answered with the token that covers it. */

import { type Service } from "@tidemark/service";

import { json } from "./answer.ts";
import { bodyChunks, refuseContentEncoding } from "./json-body.ts";
import { type Operation } from "./operation.ts";
import { flagParam, optionalParam, remainingParams } from "./query-params.ts";

/** The operation that takes pushed bodies, as large as they come. */
export function ingressOperations(service: Service): readonly Operation[] {
  return [
    {
      method: "POST",
      path: "/v0/pipelines/:pipeline_name/ingress/:table_name",
      role: "write",
      access: "gated",
      async run(call) {
        const query = call.query();
        const force = flagParam(query, "force");
        const name = optionalParam(query, "format") ?? "csv";
        const config = remainingParams(query, ["force", "format"]);
        refuseContentEncoding(call.request);
        const { token } = await service.ingest(
          call.caller,
          {
            pipeline: call.param("pipeline_name"),
            table: call.param("table_name"),
            format: { name, config },
            force,
            body: bodyChunks(call.request),
          },
          { signal: call.signal },
        );
        return json({ token });
      },
    },
  ];
}
