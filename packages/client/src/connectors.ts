/** Connectors: start, pause, and how they stand. */

import {
  ConnectorService,
  type InputConnector,
  type ListConnectorsResponse,
  type OutputConnector,
} from "@tidemark/api";
import { createClient, type Transport } from "@connectrpc/connect";

import { calling } from "./tidemark-error.ts";
import { type CallOptions, type ConnectorAddress } from "./tokens.ts";

/** Where an output connector is. */
export interface OutputAddress {
  readonly pipeline: string;
  readonly view: string;
  readonly connector: string;
}

/** The calls on connectors. */
export interface ConnectorCalls {
  /** With `skipRejected`, an input that has stopped before a rejected record goes on behind it. */
  start(
    address: ConnectorAddress,
    options?: CallOptions & { readonly skipRejected?: boolean },
  ): Promise<void>;
  pause(address: ConnectorAddress, options?: CallOptions): Promise<void>;
  /** Has a paused output go on exactly where it stopped. */
  startOutput(address: OutputAddress, options?: CallOptions): Promise<void>;
  /** Has an output take nothing more: nothing is lost, and tokens wait for it. */
  pauseOutput(address: OutputAddress, options?: CallOptions): Promise<void>;
  input(address: ConnectorAddress, options?: CallOptions): Promise<InputConnector | undefined>;
  output(address: OutputAddress, options?: CallOptions): Promise<OutputConnector | undefined>;
  list(pipeline: string, options?: CallOptions): Promise<ListConnectorsResponse>;
}

/** The calls on connectors over a transport. */
export function connectorCalls(transport: Transport): ConnectorCalls {
  const client = createClient(ConnectorService, transport);
  return {
    start: async (address, { skipRejected = false, ...options } = {}) => {
      const request = { ...address, skipRejected };
      await calling(() => client.startConnector(request, options), options.signal);
    },
    pause: async (address, options = {}) => {
      await calling(() => client.pauseConnector(address, options), options.signal);
    },
    startOutput: async (address, options = {}) => {
      await calling(() => client.startOutputConnector(address, options), options.signal);
    },
    pauseOutput: async (address, options = {}) => {
      await calling(() => client.pauseOutputConnector(address, options), options.signal);
    },
    input: async (address, options = {}) =>
      (await calling(() => client.getInputConnector(address, options), options.signal)).connector,
    output: async (address, options = {}) =>
      (await calling(() => client.getOutputConnector(address, options), options.signal)).connector,
    list: (pipeline, options = {}) =>
      calling(() => client.listConnectors({ pipeline }, options), options.signal),
  };
}
