/** The `null_output` transport: takes everything and keeps nothing. */

import { type SinkFactory } from "./sink.ts";

/** Sinks that have always taken everything, also after a crash. */
export const nullOutput: SinkFactory = {
  transport: "null_output",
  format: "optional",
  validate: () => undefined,
  open: ({ step }) =>
    Promise.resolve({
      takenStep: step,
      async take(_step, changes) {
        let records = 0;
        for await (const some of changes) records += some.length;
        return { records, bytes: 0 };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
