import { execFile, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";

/** Pythons that have the `feldera` package, each of another version. */
const PYTHONS = (process.env["TIDEMARK_FELDERA_PYTHON"] ?? "python3").split(delimiter);
const SCRIPT = join(import.meta.dirname, "testing", "feldera_sdk.py");
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
  "reading_logs",
  "newer_settings",
  "metadata",
  "output_handles",
];

const SDKS = PYTHONS.map((python) => ({ python, version: versionOf(python) })).filter(
  ({ version }) => version !== "",
);

test.skipIf(process.env["TIDEMARK_FELDERA_PYTHON"] === undefined)(
  "every SDK that is given is there",
  () => {
    expect(SDKS).toHaveLength(PYTHONS.length);
  },
);

describe.each(SDKS)("the documented sequences of the Python SDK $version", ({ python }) => {
  let server: InProcessServer;
  let outcomes: unknown;
  beforeAll(async () => {
    server = await inProcessServer();
    const { stdout } = await promisify(execFile)(python, ["-B", SCRIPT, server.http], {
      timeout: 240_000,
    });
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

/** Empty where there is no SDK. */
function versionOf(python: string): string {
  const ask = "import importlib.metadata as m; print(m.version('feldera'))";
  return spawnSync(python, ["-c", ask], { encoding: "utf8" }).stdout.trim();
}
