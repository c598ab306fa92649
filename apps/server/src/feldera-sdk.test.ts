import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";

/** A Python that has the `feldera` package of the contract's version. */
const PYTHON = process.env["TIDEMARK_FELDERA_PYTHON"] ?? "python3";
const SCRIPT = join(import.meta.dirname, "testing", "feldera_sdk.py");
const hasSdk = spawnSync(PYTHON, ["-c", "import feldera"]).status === 0;
const PARTS = [
  "connecting",
  "configuring",
  "creating",
  "lifecycle",
  "pushing",
  "values",
  "waiting",
  "failing",
  "connectors",
  "querying",
  "listening",
  "not_offered",
];

describe.skipIf(!hasSdk)("the Python SDK's documented sequences work as they are", () => {
  let server: InProcessServer;
  let outcomes: unknown;
  beforeAll(async () => {
    server = await inProcessServer();
    const { stdout } = await promisify(execFile)(PYTHON, ["-B", SCRIPT, server.http]);
    outcomes = JSON.parse(stdout);
  }, 300_000);
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(PARTS)("%s", (part) => {
    expect(outcomes).toHaveProperty(part, null);
  });

  test("and nothing else was tried", () => {
    expect(Object.keys(Object(outcomes)).toSorted()).toEqual(PARTS.toSorted());
  });
});
