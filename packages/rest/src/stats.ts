/** Stats: all of a pipeline's figures at once. */

import { type Service } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { type Operation, operation } from "./operation.ts";
import { flag } from "./params.ts";
import { CONTROLLER_STATUS } from "./schemas/stats-schema.ts";
import { statsJson, type Usage } from "./stats-json.ts";

/** The operation that answers a pipeline's stats. */
export function statsOperations(
  service: Service,
  machine: { readonly wallMs: () => number; readonly usage: () => Usage },
): readonly Operation[] {
  return [
    operation({
      id: "get_pipeline_stats",
      method: "GET",
      path: "/v0/pipelines/{pipeline_name}/stats",
      role: "read",
      access: "gated",
      tag: "Metrics & Debugging",
      summary: "Read a pipeline's figures",
      description: "Its own and those of all its connectors.",
      takes: {
        query: z.object({ include_connector_errors: flag("With the connectors' latest errors.") }),
      },
      answers: { 200: { description: "The figures.", json: CONTROLLER_STATUS } },
      errors: [],
      async run(call, { query }) {
        const includeErrors = query.include_connector_errors;
        const stats = await service.connectors.stats(call.caller, call.param("pipeline_name"));
        return json(
          statsJson(stats, { nowMs: machine.wallMs(), usage: machine.usage(), includeErrors }),
        );
      },
    }),
  ];
}
