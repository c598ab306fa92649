/** The `empty_input` transport: is at its end from the start. */

import { EMPTY } from "@tidemark/core";

import { incarnationOf } from "./identity.ts";
import { type Progress, type SourceFactory } from "./source.ts";

/** Sources without any records. */
export const emptyInput: SourceFactory = {
  transport: "empty_input",
  format: "optional",
  validate: () => undefined,
  open({ life, endpoint, resume }) {
    const start: Progress = resume ?? {
      incarnation: incarnationOf(life, "empty", endpoint),
      frontier: EMPTY,
    };
    return Promise.resolve({
      tells: { head: true, incarnationFrom: "the engine's storage" },
      start,
      async *batches() {
        // Nothing is ever there to be read.
      },
      head: () => Promise.resolve(start),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
