/** Connectors: start, pause and stats of one. */

import { type ConnectorAddress, invalidConnectorAction, type Service } from "@tidemark/service";

import { EMPTY, json } from "./answer.ts";
import { inputJson, outputJson } from "./connector-json.ts";
import { type Call, type Operation } from "./operation.ts";

/** The path of an input connector. */
export const INPUT_PATH =
  "/v0/pipelines/:pipeline_name/tables/:table_name/connectors/:connector_name";
const OUTPUT_PATH = "/v0/pipelines/:pipeline_name/views/:view_name/connectors/:connector_name";

/** The connector that an input's path names. */
export function inputAddress(call: Call): ConnectorAddress {
  return address(call, "table_name");
}

/** The operations on one connector. */
export function connectorOperations(service: Service): readonly Operation[] {
  const { connectors } = service;
  return [
    {
      method: "POST",
      path: `${INPUT_PATH}/:action`,
      role: "write",
      async run(call) {
        const action = call.param("action");
        if (action !== "start" && action !== "pause") throw invalidConnectorAction(action);
        await connectors[action](call.caller, inputAddress(call));
        return EMPTY;
      },
    },
    {
      method: "GET",
      path: `${INPUT_PATH}/stats`,
      role: "read",
      run: async (call) =>
        json(inputJson(await connectors.inputStats(call.caller, inputAddress(call)))),
    },
    {
      method: "GET",
      path: `${OUTPUT_PATH}/stats`,
      role: "read",
      async run(call) {
        const output = await connectors.outputStats(call.caller, address(call, "view_name"));
        const { totals } = await connectors.stats(call.caller, call.param("pipeline_name"));
        return json(outputJson(output, totals));
      },
    },
  ];
}

function address(call: Call, relation: "table_name" | "view_name"): ConnectorAddress {
  return {
    pipeline: call.param("pipeline_name"),
    relation: call.param(relation),
    connector: call.param("connector_name"),
  };
}
