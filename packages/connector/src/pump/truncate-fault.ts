/** Truncate faults: a truncate of one input must not remove rows that another input gave. */

import { type ConnectorId, type Frontier } from "@tidemark/core";
import { type Table } from "@tidemark/program";

import { type Recovered } from "../engine.ts";
import { type InputSet } from "./input-set.ts";

/** The input that a truncate comes from, and what else is known of the pipeline. */
export interface TruncateContext {
  readonly id: ConnectorId;
  readonly table: Table;
  readonly inputs: InputSet;
  readonly recovered: Recovered;
}

/**
 * Why a truncate can't be applied; undefined where it can. On a table with a primary key it removes
 * every row. Without a key nothing says whose a row is, so all rows must be of this input.
 */
export function truncateFault(context: TruncateContext): string | undefined {
  const { id, table, inputs } = context;
  if (table.primaryKey.length > 0) return undefined;
  const name = table.id.name;
  const other = inputs.all.find((each) => each.table.id.name === name && each.id !== id);
  const sharer = other?.endpoint ?? storedSharer(context);
  if (sharer === undefined) return undefined;
  return (
    `a truncate can't be applied: table '${name}' has no PRIMARY KEY and also takes rows of ${sharer}, ` +
    "so it is not known which rows to remove; declare a PRIMARY KEY or give each input a table of its own, " +
    "then clear the pipeline's storage"
  );
}

/** Another input that has given rows to the table in an earlier run, or may have. */
function storedSharer({ id, table, inputs, recovered }: TruncateContext): string | undefined {
  for (const [connector, { frontier, state }] of recovered.progress) {
    if (connector === id || inputs.get(connector) !== undefined) continue;
    const finals = recovered.ended.filter((ended) => ended.connector === connector);
    if (![frontier, ...finals.map((each) => each.finalFrontier)].some(gaveRows)) continue;
    const pushed = /^(?<of>.*)\.api-ingress-[0-9a-f]{16}$/su.exec(state ?? "")?.groups?.["of"];
    if (pushed === undefined) return "a connector that is no longer declared";
    if (pushed === table.id.name) return state;
  }
  return undefined;
}

function gaveRows(frontier: Frontier): boolean {
  return frontier.positions.some(([, offset]) => offset > 0n);
}
