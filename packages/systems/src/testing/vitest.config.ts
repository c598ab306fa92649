/** Runs the one file that is a test of tests. */
import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: { include: ["src/testing/missing-system.ts"] },
});

export default config;
