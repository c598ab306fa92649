/** What becomes of tests whose system the machine lacks. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("tests without their system are skipped, and one of them says what is missing", () => {
  const { status, stdout } = runWithoutSystem({});
  expect(stdout).toMatch(/↓ .*a missing system is there .*\[no such program; get it\]/);
  expect(stdout).toContain("2 skipped");
  expect(status).toBe(0);
});

test("a missing system is a failure where systems are required, and says what is missing", () => {
  const { status, stdout, stderr } = runWithoutSystem({ TIDEMARK_REQUIRE_SYSTEMS: "1" });
  expect(stdout + stderr).toContain("no such program; get it");
  expect(stdout).toContain("1 failed | 1 skipped");
  expect(status).toBe(1);
});

function runWithoutSystem(environment: Readonly<Record<string, string>>) {
  return spawnSync(
    "vitest",
    ["run", "--reporter=verbose", "--config=src/testing/vitest.config.ts"],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      encoding: "utf8",
      env: { PATH: process.env["PATH"], NO_COLOR: "1", ...environment },
    },
  );
}
