/** Whether what a pipeline committed has all been delivered. */

import { isDeepStrictEqual } from "node:util";

import { type RunningPipeline } from "@tidemark/connector";

/** Answers for a pipeline that commits nothing more. */
export function deliveredAll(running: RunningPipeline): boolean {
  return running
    .inputs()
    .every(({ processed, delivered }) => isDeepStrictEqual(processed, delivered));
}
