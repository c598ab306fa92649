/** Bag effects: what a step's changes come to on a table without a key. */

import { type Changes, type Row } from "@tidemark/connector";

/** Rows to take away first, each at most so many times, and rows to add then. */
export interface BagEffect {
  /** Every row goes; there are no other removals then. */
  readonly emptied: boolean;
  readonly removals: readonly { readonly row: Row; readonly count: number }[];
  readonly inserts: readonly Row[];
}

/**
 * Reduces changes in order: a delete takes away a row that was inserted before it in the same step,
 * or else one that was there before the step.
 */
export function bagEffect(changes: readonly Changes[], keyOf: (row: Row) => string): BagEffect {
  if (!changes.some(takesAway)) {
    return { emptied: false, removals: [], inserts: changes.flatMap((part) => part.rows) };
  }
  let emptied = false;
  const tallies = new Map<string, { readonly row: Row; removed: number; inserted: number }>();
  for (const { rows, operations } of changes) {
    for (const [i, row] of rows.entries()) {
      const operation = operations?.[i] ?? "insert";
      if (operation === "truncate") {
        emptied = true;
        tallies.clear();
        continue;
      }
      const key = keyOf(row);
      const tally = tallies.get(key) ?? { row, removed: 0, inserted: 0 };
      tallies.set(key, tally);
      if (operation !== "delete") tally.inserted += 1;
      else if (tally.inserted > 0) tally.inserted -= 1;
      else tally.removed += 1;
    }
  }
  const all = [...tallies.values()];
  const removed = emptied ? [] : all.filter((tally) => tally.removed > 0);
  return {
    emptied,
    removals: removed.map(({ row, removed: count }) => ({ row, count })),
    inserts: all.flatMap(({ row, inserted }) => Array.from({ length: inserted }, () => row)),
  };
}

function takesAway({ operations }: Changes): boolean {
  return operations?.some((each) => each === "delete" || each === "truncate") ?? false;
}
