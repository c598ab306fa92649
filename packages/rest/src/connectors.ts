/** Connectors: start, pause and stats of one. */

import { type ConnectorAddress, invalidConnectorAction, type Service } from "@tidemark/service";
import { z } from "zod";

import { EMPTY, json } from "./answer.ts";
import { inputJson, outputJson } from "./connector-json.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { flag } from "./params.ts";
import { INPUT_STATUS, OUTPUT_STATUS } from "./schemas/connector-schemas.ts";

/** The path of an input connector. */
export const INPUT_PATH =
  "/v0/pipelines/{pipeline_name}/tables/{table_name}/connectors/{connector_name}";
const OUTPUT_PATH = "/v0/pipelines/{pipeline_name}/views/{view_name}/connectors/{connector_name}";

/** The connector that an input's path names. */
export function inputAddress(call: Call): ConnectorAddress {
  return address(call, "table_name");
}

/** The operations on one connector. */
export function connectorOperations(service: Service): readonly Operation[] {
  return [action(service), inputStats(service), outputAction(service), outputStats(service)];
}

function action({ connectors }: Service): Operation {
  return operation({
    id: "post_pipeline_input_connector_action",
    method: "POST",
    path: `${INPUT_PATH}/{action}`,
    role: "write",
    access: "gated",
    tag: "Input Connectors",
    summary: "Start or pause an input connector",
    description:
      "A paused connector stays so when the pipeline is paused and resumed; what it has received is still processed.",
    takes: {
      query: z.object({
        skip_rejected: flag(
          "With `start`: an input that has stopped before a rejected record goes on behind it.",
        ),
      }),
    },
    answers: { 200: { description: "It is done." } },
    errors: ["InvalidConnectorAction", "UnknownInputEndpoint", "ExternalEngine"],
    async run(call, { query: { skip_rejected: skipRejected } }) {
      const name = call.param("action");
      if (name !== "start" && name !== "pause") throw invalidConnectorAction(name);
      const { caller } = call;
      if (name === "pause") await connectors.pause(caller, inputAddress(call));
      else await connectors.start(caller, inputAddress(call), { skipRejected });
      return EMPTY;
    },
  });
}

function inputStats({ connectors }: Service): Operation {
  return operation({
    id: "get_pipeline_input_connector_status",
    method: "GET",
    path: `${INPUT_PATH}/stats`,
    role: "read",
    access: "gated",
    tag: "Input Connectors",
    summary: "Read an input connector's figures",
    description: "With its latest errors, and how far it has come.",
    takes: {},
    answers: { 200: { description: "The figures.", json: INPUT_STATUS } },
    errors: ["UnknownInputEndpoint"],
    run: async (call) =>
      json(inputJson(await connectors.inputStats(call.caller, inputAddress(call)))),
  });
}

function outputAction({ connectors }: Service): Operation {
  return operation({
    id: "post_pipeline_output_connector_action",
    method: "POST",
    path: `${OUTPUT_PATH}/{action}`,
    role: "write",
    access: "gated",
    tag: "Output Connectors",
    summary: "Start or pause an output connector",
    description:
      "A paused output takes nothing and loses nothing: tokens stay in progress with the reason `connector-paused`, and a start goes on exactly where it stopped. It stays paused when the pipeline is restarted.",
    takes: {},
    answers: { 200: { description: "It is done." } },
    errors: ["InvalidConnectorAction", "UnknownOutputEndpoint", "ExternalEngine"],
    async run(call) {
      const name = call.param("action");
      if (name !== "start" && name !== "pause") throw invalidConnectorAction(name);
      const output = address(call, "view_name");
      if (name === "start") await connectors.startOutput(call.caller, output);
      else await connectors.pauseOutput(call.caller, output);
      return EMPTY;
    },
  });
}

function outputStats({ connectors }: Service): Operation {
  return operation({
    id: "get_pipeline_output_connector_status",
    method: "GET",
    path: `${OUTPUT_PATH}/stats`,
    role: "read",
    access: "gated",
    tag: "Output Connectors",
    summary: "Read an output connector's figures",
    description: "With its latest errors.",
    takes: {},
    answers: { 200: { description: "The figures.", json: OUTPUT_STATUS } },
    errors: ["UnknownOutputEndpoint"],
    async run(call) {
      const output = await connectors.outputStats(call.caller, address(call, "view_name"));
      const { totals } = await connectors.stats(call.caller, call.param("pipeline_name"));
      return json(outputJson(output, totals));
    },
  });
}

function address(call: Call, relation: "table_name" | "view_name"): ConnectorAddress {
  return {
    pipeline: call.param("pipeline_name"),
    relation: call.param(relation),
    connector: call.param("connector_name"),
  };
}
