/** Connectors over RPC: start, pause and how they stand. */

import { ConnectorService } from "@tidemark/api";
import { type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { inputMessage, outputMessage } from "./translate/connector.ts";
import { totalsMessage } from "./translate/totals.ts";

/** Binds the methods on connectors. */
export function bindConnectors(binder: Binder, { connectors }: Pick<Service, "connectors">): void {
  const { method } = ConnectorService;
  binder.unary(method.startConnector, async (request, { caller }) => {
    const { skipRejected } = request;
    await connectors.start(caller, tableConnector(request), { skipRejected });
    return {};
  });
  binder.unary(method.pauseConnector, async (request, { caller }) => {
    await connectors.pause(caller, tableConnector(request));
    return {};
  });
  binder.unary(method.startOutputConnector, async (request, { caller }) => {
    await connectors.startOutput(caller, viewConnector(request));
    return {};
  });
  binder.unary(method.pauseOutputConnector, async (request, { caller }) => {
    await connectors.pauseOutput(caller, viewConnector(request));
    return {};
  });
  binder.unary(method.getInputConnector, async (request, { caller }) => ({
    connector: inputMessage(await connectors.inputStats(caller, tableConnector(request))),
  }));
  binder.unary(method.getOutputConnector, async (request, { caller }) => {
    const output = await connectors.outputStats(caller, viewConnector(request));
    return { connector: outputMessage(output) };
  });
  binder.unary(method.listConnectors, async ({ pipeline }, { caller }) => {
    const { inputs, outputs, totals, paused } = await connectors.stats(caller, pipeline);
    return {
      inputs: inputs.map(inputMessage),
      outputs: outputs.map(outputMessage),
      completedSteps: totals.completedSteps,
      complete: totals.complete,
      paused,
      totals: totalsMessage(totals),
    };
  });
}

function viewConnector(request: {
  readonly pipeline: string;
  readonly view: string;
  readonly connector: string;
}): { pipeline: string; relation: string; connector: string } {
  return { pipeline: request.pipeline, relation: request.view, connector: request.connector };
}

function tableConnector(request: {
  readonly pipeline: string;
  readonly table: string;
  readonly connector: string;
}): { pipeline: string; relation: string; connector: string } {
  return { pipeline: request.pipeline, relation: request.table, connector: request.connector };
}
