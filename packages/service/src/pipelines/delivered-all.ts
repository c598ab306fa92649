/** Whether what a pipeline committed has all been delivered. */

import { isDeepStrictEqual } from "node:util";

import { type RunningPipeline } from "@tidemark/connector";

/**
 * Answers for a pipeline that commits nothing more. Outputs are asked as well: what an earlier run took
 * in by a push may still wait for one that is paused, and no input of this run shows it.
 */
export function deliveredAll(running: RunningPipeline): boolean {
  const declared = running.outputs().filter(({ declaration }) => declaration !== undefined);
  return (
    declared.every(({ queuedBatches, bufferedBatches }) => queuedBatches + bufferedBatches === 0) &&
    running.inputs().every(({ processed, delivered }) => isDeepStrictEqual(processed, delivered))
  );
}
