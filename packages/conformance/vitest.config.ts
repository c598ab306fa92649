import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    setupFiles: ["../../tools/property-seed.mjs"],
    testTimeout: 30_000,
  },
  ssr: { resolve: { conditions: ["@tidemark/source", "node"] } },
});
