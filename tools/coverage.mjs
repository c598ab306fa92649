// Coverage of the code that decides verdicts, by the tests of its own package. `npm run coverage`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { TARGETS } from "./mutation/targets.mjs";
import { capture, fail, root } from "./run.mjs";

const PARTS = ["statements", "branches", "functions", "lines"];

/** Runs a target's tests; answers the percentages. */
async function cover({ folder, code }) {
  const output = mkdtempSync(join(tmpdir(), "tidemark-coverage-"));
  const included = code
    .filter((pattern) => !pattern.startsWith("!"))
    .map((pattern) => `--coverage.include=${pattern.slice(folder.length + 1)}`);
  const { code: exit, output: said } = await capture(
    "vitest",
    [
      "run",
      "--coverage.enabled",
      "--coverage.provider=v8",
      "--coverage.reporter=json-summary",
      `--coverage.reportsDirectory=${output}`,
      "--coverage.exclude=**/*.test.ts",
      "--coverage.exclude=**/testing/**",
      ...included,
    ],
    { cwd: join(root, folder) },
  );
  if (exit !== 0) throw new Error(said);
  const { total } = JSON.parse(readFileSync(join(output, "coverage-summary.json"), "utf8"));
  rmSync(output, { recursive: true });
  return PARTS.map((part) => `${total[part].pct} %`);
}

try {
  console.log(`| code | ${PARTS.join(" | ")} |\n| --- |${" ---: |".repeat(PARTS.length)}`);
  for (const [name, target] of Object.entries(TARGETS)) {
    const shares = await cover(target);
    console.log(`| ${name} | ${shares.join(" | ")} |`);
  }
} catch (error) {
  fail(error);
}
