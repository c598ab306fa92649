// How a target's tests run while its code is mutated: as ever, and every property with the same seed.
import { join } from "node:path";

import { defineConfig } from "vitest/config";

import { TARGETS } from "./targets.mjs";

const { folder } = TARGETS[process.env.TIDEMARK_MUTATION_TARGET];
const root = join(import.meta.dirname, "../..", folder);

export default defineConfig({
  root,
  test: {
    include: ["src/**/*.test.ts"],
    // No test changes what others see, so that loading the code once is enough.
    isolate: false,
    setupFiles: [
      join(import.meta.dirname, "../property-seed.mjs"),
      join(import.meta.dirname, "short-properties.mjs"),
    ],
    testTimeout: 30_000,
  },
  ssr: { resolve: { conditions: ["@tidemark/source", "node"] } },
});
