/** Stats: all of a pipeline's figures at once. */

import { type Service } from "@tidemark/service";

import { json } from "./answer.ts";
import { type Operation } from "./operation.ts";
import { flagParam } from "./query-params.ts";
import { statsJson, type Usage } from "./stats-json.ts";

/** The operation that answers a pipeline's stats. */
export function statsOperations(
  service: Service,
  machine: { readonly wallMs: () => number; readonly usage: () => Usage },
): readonly Operation[] {
  return [
    {
      method: "GET",
      path: "/v0/pipelines/:pipeline_name/stats",
      role: "read",
      access: "gated",
      async run(call) {
        const includeErrors = flagParam(call.query(), "include_connector_errors");
        const stats = await service.connectors.stats(call.caller, call.param("pipeline_name"));
        return json(
          statsJson(stats, { nowMs: machine.wallMs(), usage: machine.usage(), includeErrors }),
        );
      },
    },
  ];
}
