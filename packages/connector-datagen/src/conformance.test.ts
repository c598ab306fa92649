import { sourceSuite } from "@tidemark/conformance";
import { SYSTEM_CLOCK } from "@tidemark/connector";
import { epoch } from "@tidemark/core";

import { datagen } from "./index.ts";
import { declaration, table } from "./testing/declarations.ts";

sourceSuite("datagen", {
  ends: true,
  setUp: (limit) =>
    Promise.resolve({
      open: (options) =>
        datagen(SYSTEM_CLOCK).open({
          table: table({ a: { kind: "uuid" }, b: { kind: "double" } }),
          connector: declaration({
            plan: [{ limit, worker_chunk_size: 4, fields: { a: { strategy: "uniform" } } }],
          }),
          endpoint: "t.c",
          decoder: () => {
            throw new Error("generated rows have no format");
          },
          life: options.life ?? "life",
          epoch: epoch(options.epoch ?? 1),
          directory: "/nowhere",
          onReject: "skip",
          trouble: () => undefined,
          ...(options.resume === undefined ? {} : { resume: options.resume }),
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
});
