import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*"],
    passWithNoTests: true,
  },
  ssr: { resolve: { conditions: ["@tidemark/source", "node"] } },
});
