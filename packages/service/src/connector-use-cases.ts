/** Connectors of deployed pipelines: starting, pausing and looking at them. */

import { type InputStatus, type OutputStatus } from "@tidemark/connector";

import { findDeclaredOutput, findInput, findOutput } from "./find-connector.ts";
import { type Directory } from "./pipelines/directory.ts";
import { type Caller, type ConnectorAddress, type ConnectorUseCases } from "./service.ts";

/** Finds a connector, or throws that there is none. */
type Find = (
  ...asked: Parameters<typeof findDeclaredOutput>
) => Pick<InputStatus | OutputStatus, "id" | "endpoint">;

/** What is asked of a connector. */
interface Setting {
  readonly find: Find;
  readonly paused: boolean;
  readonly skipRejected?: boolean;
}

/** Binds the use cases to a directory. */
export function connectorUseCases(directory: Directory): ConnectorUseCases {
  async function setPaused(
    caller: Caller,
    address: ConnectorAddress,
    { find, paused, skipRejected = false }: Setting,
  ): Promise<void> {
    const { host } = directory.entry(caller.tenant, address.pipeline);
    const running = host.ours("starting or pausing a connector");
    const { id, endpoint } = find(host, running, address);
    await host.update((record) => ({
      ...record,
      connectorPaused: { ...record.connectorPaused, [endpoint]: paused },
    }));
    running.setPaused(id, paused);
    if (skipRejected) running.skipRejected(id);
  }

  return {
    start: (caller, address, options) =>
      setPaused(caller, address, { find: findInput, paused: false, ...options }),
    pause: (caller, address) => setPaused(caller, address, { find: findInput, paused: true }),
    startOutput: (caller, address) =>
      setPaused(caller, address, { find: findDeclaredOutput, paused: false }),
    pauseOutput: (caller, address) =>
      setPaused(caller, address, { find: findDeclaredOutput, paused: true }),
    inputStats: async (caller, address) => {
      const { host } = directory.entry(caller.tenant, address.pipeline);
      return findInput(host, host.gate(), address);
    },
    outputStats: async (caller, address) => {
      const { host } = directory.entry(caller.tenant, address.pipeline);
      return findOutput(host, host.gate(), address);
    },
    stats: async (caller, pipeline) => {
      const { host } = directory.entry(caller.tenant, pipeline);
      const running = host.gate();
      return {
        record: host.record,
        totals: await running.totals(),
        inputs: running.inputs().toSorted(byEndpoint),
        outputs: running.outputs().toSorted(byEndpoint),
        paused: running.paused,
        life: running.life,
      };
    },
  };
}

function byEndpoint(a: { readonly endpoint: string }, b: { readonly endpoint: string }): number {
  return a.endpoint < b.endpoint ? -1 : 1;
}
