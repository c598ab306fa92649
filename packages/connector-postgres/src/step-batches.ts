/** Step batches: a step's changes, gathered so that whole steps are nearly always one statement of each kind. */

import { type Value, type ViewChange } from "@tidemark/connector";

/** Changes that are written together: all deletes, then all inserts. */
export interface StepBatch {
  readonly changes: readonly ViewChange[];
  /** Whether the step ends with it. */
  readonly last: boolean;
}

/** A batch has at most so many changes, and about so many characters; a change is never split. */
const MOST_CHANGES = 100_000;
const MOST_CHARACTERS = 32_000_000;
/** What a value takes beside its text, about. */
const VALUE_CHARACTERS = 16;

/** Gathers them. A step without changes is one empty batch. */
export async function* stepBatches(
  chunks: AsyncIterable<readonly ViewChange[]>,
): AsyncGenerator<StepBatch> {
  let changes: ViewChange[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    for (const change of chunk) {
      const more = sizeOf(change.row);
      if (changes.length >= MOST_CHANGES || (size > 0 && size + more > MOST_CHARACTERS)) {
        yield { changes, last: false };
        changes = [];
        size = 0;
      }
      changes.push(change);
      size += more;
    }
  }
  yield { changes, last: true };
}

function sizeOf(value: Value): number {
  if (typeof value === "string") return VALUE_CHARACTERS + value.length;
  if (!isList(value)) return VALUE_CHARACTERS;
  return value.reduce<number>((sum, one) => sum + sizeOf(one), VALUE_CHARACTERS);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
