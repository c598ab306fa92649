/** Finding a connector by the names that a request spells. */

import { type InputStatus, type OutputStatus, type RunningPipeline } from "@tidemark/connector";
import { identifier, type Identifier } from "@tidemark/program";

import { unknownInputEndpoint, unknownOutputEndpoint } from "./errors/interaction.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type ConnectorAddress } from "./service.ts";

/** What of an input never changes. */
export type InputKey = Pick<InputStatus, "id" | "level">;

/** Keys of the inputs that were asked for; an input is there for as long as its pipeline runs. */
export class InputKeys {
  readonly #known = new WeakMap<RunningPipeline, Map<string, InputKey>>();

  /** The key of an input; throws `UnknownInputEndpoint`. */
  find(host: PipelineHost, running: RunningPipeline, address: ConnectorAddress): InputKey {
    const keys = this.#known.get(running) ?? new Map<string, InputKey>();
    this.#known.set(running, keys);
    const name = JSON.stringify([identifier(address.relation).name, address.connector]);
    let known = keys.get(name);
    if (known === undefined) {
      const { id, level } = findInput(host, running, address);
      keys.set(name, (known = { id, level }));
    }
    return known;
  }
}

/** An input's status; throws `UnknownInputEndpoint`. */
export function findInput(
  host: PipelineHost,
  running: RunningPipeline,
  address: ConnectorAddress,
): InputStatus {
  const table = identifier(address.relation).name;
  const siblings = running.inputs().filter((input) => input.table.name === table);
  const found = siblings.find((input) => input.name === address.connector);
  if (found !== undefined) return found;
  const tables = host.program.tables.map(({ id }) => id);
  throw unknownInputEndpoint({ ...asked(address, table), ...exists(table, tables, siblings) });
}

/** An output's status; throws `UnknownOutputEndpoint`. */
export function findOutput(
  host: PipelineHost,
  running: RunningPipeline,
  address: ConnectorAddress,
): OutputStatus {
  return findAmong(running.outputs(), host, address);
}

/** As `findOutput`, of those that the program declares: subscriptions are their readers' own. */
export function findDeclaredOutput(
  host: PipelineHost,
  running: RunningPipeline,
  address: ConnectorAddress,
): OutputStatus {
  const declared = running.outputs().filter(({ declaration }) => declaration !== undefined);
  return findAmong(declared, host, address);
}

function findAmong(
  outputs: readonly OutputStatus[],
  host: PipelineHost,
  address: ConnectorAddress,
): OutputStatus {
  const view = identifier(address.relation).name;
  const siblings = outputs.filter((output) => output.view.name === view);
  const found = siblings.find((output) => output.name === address.connector);
  if (found !== undefined) return found;
  const views = host.program.views.filter(({ local }) => !local).map(({ id }) => id);
  throw unknownOutputEndpoint({ ...asked(address, view), ...exists(view, views, siblings) });
}

function asked(
  address: ConnectorAddress,
  relation: string,
): { readonly pipeline: string; readonly relation: string; readonly connector: string } {
  return { pipeline: address.pipeline, relation, connector: address.connector };
}

function exists(
  relation: string,
  relations: readonly Identifier[],
  siblings: readonly { readonly name: string }[],
): { readonly relations?: readonly string[]; readonly connectors?: readonly string[] } {
  return relations.some(({ name }) => name === relation)
    ? { connectors: siblings.map(({ name }) => name) }
    : { relations: relations.map(({ name }) => name) };
}
