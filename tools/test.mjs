// Runs every check, then every package's tests, and closes with one line of counts.
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { check } from "./check.mjs";
import { pinnedPnpm } from "./install.mjs";
import { fail, root, run } from "./run.mjs";

/** Turbo calls the package manager by name, which only npx is sure to have. */
function turbo(args, env) {
  const command = ["turbo", ...args].map((arg) => `'${arg}'`).join(" ");
  return run("npx", ["-y", `--package=${pinnedPnpm()}`, "-c", command], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function runTests(folder, filters) {
  // Tests mostly wait for the systems and processes that they drive, so two run at a time anywhere.
  const workers = Math.max(2, availableParallelism());
  const options = [
    "--passWithNoTests",
    `--maxWorkers=${workers}`,
    // Nothing is timed: the limit only ends what hangs.
    "--testTimeout=120000",
    "--hookTimeout=120000",
    "--reporter=default",
    `--reporter=${join(root, "tools/count-reporter.mjs")}`,
  ];
  const concurrency = Math.max(1, Math.floor(availableParallelism() / 2));
  return turbo(
    [
      "run",
      "test",
      // A test's outcome is never taken from a cache.
      "--force",
      "--continue=always",
      "--ui=stream",
      "--output-logs=full",
      `--concurrency=${concurrency}`,
      ...filters,
      "--",
      ...options,
    ],
    { TIDEMARK_TEST_COUNTS: folder },
  );
}

function sum(folder) {
  const total = { passed: 0, failed: 0, skipped: 0, broken: 0 };
  const counted = new Set();
  const faults = [];
  const notes = new Set();
  for (const file of readdirSync(folder)) {
    const counts = JSON.parse(readFileSync(join(folder, file), "utf8"));
    for (const key of Object.keys(total)) total[key] += counts[key];
    faults.push(...counts.faults.map((fault) => `${counts.package}: ${fault}`));
    for (const note of counts.notes) notes.add(note);
    if (counts.passed + counts.failed + counts.skipped > 0) counted.add(counts.package);
  }
  return { ...total, counted, faults, notes };
}

/** Packages with test files none of whose tests were counted: their run died, or found nothing. */
function silent(counted, filters) {
  const files = globSync("{packages,apps}/*/src/**/*.test.ts", { cwd: root });
  const tested = new Set(files.map((file) => file.split(/[\\/]/)[1]));
  return filters.length > 0 ? [] : [...tested].filter((name) => !counted.has(name));
}

async function main(args) {
  const failedChecks = args.includes("--no-check") ? 0 : await check();
  const folder = mkdtempSync(join(tmpdir(), "tidemark-counts-"));
  try {
    const filters = args.filter((arg) => arg.startsWith("--filter="));
    const code = await runTests(folder, filters);
    const { passed, failed, skipped, counted, faults, notes, ...rest } = sum(folder);
    for (const fault of faults) console.log(`\nFAILED ${fault}`);
    for (const note of notes) console.log(`\nSKIPPED ${note}`);
    const missing = silent(counted, filters);
    const broken = rest.broken + missing.length;
    for (const name of missing) console.log(`${name}: has tests, and none of them was run`);
    if (failedChecks > 0) console.log(`${failedChecks} checks failed, see above`);
    if (broken > 0) console.log(`${broken} test files or runs broke outside of their tests`);
    const strict = process.env.TIDEMARK_REQUIRE_SYSTEMS === "1";
    if (strict && skipped > 0) console.log("skipped tests count as failures here");
    console.log(
      `${passed} passed, ${failed + broken + failedChecks} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    );
    if (passed === 0) console.log("no test ran");
    const good = code === 0 && failed + broken + failedChecks === 0 && passed > 0;
    return good && !(strict && skipped > 0) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
