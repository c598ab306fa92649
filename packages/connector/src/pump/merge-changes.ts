/** Merging changes: many small batches as one list of rows. */

import { type Changes, type Operation } from "../value.ts";

/** All changes in order, as one. */
export function mergeChanges(all: readonly Changes[]): Changes {
  const only = all[0];
  if (all.length === 1 && only !== undefined) return only;
  const rows = all.flatMap((changes) => changes.rows);
  if (all.every(({ operations }) => operations === undefined)) return { rows };
  return { rows, operations: all.flatMap(operationsOf) };
}

function operationsOf({ rows, operations }: Changes): readonly Operation[] {
  return operations ?? rows.map(() => "insert" as const);
}
