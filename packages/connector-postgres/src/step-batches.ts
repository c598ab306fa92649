/** Step batches: a step's changes, gathered so that whole steps are nearly always one statement of each kind. */

import { type ViewChange } from "@tidemark/connector";

/** Changes that are written together: all deletes, then all inserts. */
export interface StepBatch {
  readonly changes: readonly ViewChange[];
  /** Whether the step ends with it. */
  readonly last: boolean;
}

/** A batch has at most so many changes. */
const MOST_CHANGES = 100_000;

/** Gathers them. A step without changes is one empty batch. */
export async function* stepBatches(
  chunks: AsyncIterable<readonly ViewChange[]>,
): AsyncGenerator<StepBatch> {
  let changes: ViewChange[] = [];
  for await (const chunk of chunks) {
    if (changes.length > 0 && changes.length + chunk.length > MOST_CHANGES) {
      yield { changes, last: false };
      changes = [];
    }
    for (const change of chunk) changes.push(change);
  }
  yield { changes, last: true };
}
