/** Merging changes: many small batches as one list of rows. */

import { type Changes, type Metadata, type Operation } from "../value.ts";

/** All changes in order, as one. */
export function mergeChanges(all: readonly Changes[]): Changes {
  const only = all[0];
  if (all.length === 1 && only !== undefined) return only;
  return {
    rows: all.flatMap((changes) => changes.rows),
    ...(all.some(({ operations }) => operations !== undefined)
      ? { operations: all.flatMap(operationsOf) }
      : {}),
    ...(all.some(({ metadata }) => metadata !== undefined)
      ? { metadata: all.flatMap(metadataOf) }
      : {}),
  };
}

function operationsOf({ rows, operations }: Changes): readonly Operation[] {
  return operations ?? rows.map(() => "insert" as const);
}

function metadataOf({ rows, metadata }: Changes): readonly (Metadata | undefined)[] {
  return metadata ?? rows.map(() => undefined);
}
