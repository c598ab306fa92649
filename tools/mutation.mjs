// Mutation testing: changes the code that decides verdicts, one place at a time, and counts what tests
// notice. `npm run mutation core|pump|tokens [file…]`; what did not change since the last run is not
// tried again.
import { mkdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";

import { Stryker } from "@stryker-mutator/core";

import { TARGETS } from "./mutation/targets.mjs";
import { fail, root } from "./run.mjs";

/** What Stryker counts as noticed: by a failed test, or by one that no longer ends. */
const KILLED = new Set(["Killed", "Timeout"]);
const SURVIVED = new Set(["Survived", "NoCoverage"]);

function optionsOf(name, { code, threshold }, files) {
  const chosen = files.length === 0 ? code : files.map((file) => `${target(name).folder}/${file}`);
  const folder = join(root, ".mutation");
  mkdirSync(folder, { recursive: true });
  return {
    testRunner: "vitest",
    plugins: [
      "@stryker-mutator/vitest-runner",
      join(import.meta.dirname, "mutation/ignore-messages.mjs"),
    ],
    vitest: { configFile: "tools/mutation/vitest.config.mjs", related: false },
    ignorers: ["messages"],
    mutate: [...chosen, "!**/*.test.ts", "!**/testing/**"],
    ignorePatterns: ["**/dist", ".turbo", ".mutation", ".git"],
    // Code that runs once, while a module is loaded, would need a process for each mutant.
    ignoreStatic: true,
    coverageAnalysis: "perTest",
    concurrency: 1,
    timeoutMS: 10_000,
    timeoutFactor: 1,
    incremental: true,
    incrementalFile: join(folder, `${name}.incremental.json`),
    tempDirName: join(folder, `${name}.sandbox`),
    jsonReporter: { fileName: join(folder, `${name}.json`) },
    reporters: ["progress-append-only", "clear-text", "json"],
    clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
    tsconfigFile: "none",
    thresholds: { high: 100, low: threshold, break: threshold },
  };
}

function target(name) {
  const found = TARGETS[name];
  if (found !== undefined) return found;
  throw new Error(`unknown target '${name ?? ""}'; there are: ${Object.keys(TARGETS).join(", ")}`);
}

async function mutate([name, ...files]) {
  const options = optionsOf(name, target(name), files);
  process.env.TIDEMARK_MUTATION_TARGET = name;
  process.env.TIDEMARK_PROPERTY_SEED ??= "1";
  const results = await new Stryker(options).runMutationTest();
  const killed = results.filter(({ status }) => KILLED.has(status)).length;
  const survived = results.filter(({ status }) => SURVIVED.has(status)).length;
  const score = ((100 * killed) / (killed + survived)).toFixed(1);
  console.log(
    `${name}: ${killed + survived} mutants, ${killed} killed, ${survived} survived: ${score} %`,
  );
}

setPriority(constants.priority.PRIORITY_LOW);
try {
  await mutate(process.argv.slice(2));
} catch (error) {
  fail(error);
}
