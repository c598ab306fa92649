/** Keyed effects: what a step's changes come to on a table with a primary key. */

import { type Changes, type Operation, type Row } from "@tidemark/connector";

/** What becomes of one key: its row is this, is gone, or keeps what the patch leaves undefined. */
export type KeyEffect =
  | { readonly kind: "put"; readonly row: Row }
  | { readonly kind: "gone"; readonly row: Row }
  | { readonly kind: "patch"; readonly row: Row };

/** What a step does to a table: whether every row goes first, and then the last effect per key. */
export interface KeyedEffects {
  readonly emptied: boolean;
  readonly byKey: ReadonlyMap<string, KeyEffect>;
}

/** Reduces changes in order. */
export function keyedEffects(
  changes: readonly Changes[],
  keyOf: (row: Row) => string,
): KeyedEffects {
  let emptied = false;
  const byKey = new Map<string, KeyEffect>();
  for (const { rows, operations } of changes) {
    for (const [i, row] of rows.entries()) {
      const operation = operations?.[i] ?? "insert";
      if (operation === "truncate") {
        emptied = true;
        byKey.clear();
        continue;
      }
      const key = keyOf(row);
      byKey.set(key, after(byKey.get(key), operation, row));
    }
  }
  return { emptied, byKey };
}

/** A row with the patch's given columns in place of its own. */
export function patched(row: Row, patch: Row): Row {
  return row.map((value, i) => (patch[i] === undefined ? value : patch[i]));
}

function after(
  before: KeyEffect | undefined,
  operation: Exclude<Operation, "truncate">,
  row: Row,
): KeyEffect {
  if (operation === "insert") return { kind: "put", row };
  if (operation === "delete") return { kind: "gone", row };
  if (before === undefined) return { kind: "patch", row };
  return before.kind === "gone" ? before : { kind: before.kind, row: patched(before.row, row) };
}
