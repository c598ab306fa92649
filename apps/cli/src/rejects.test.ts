/** Rejected records on the command line: what is printed, and the exit codes. */

import { afterAll, beforeAll, expect, test } from "vitest";

import { EXIT } from "./exit.ts";
import { type Harness, openHarness, type Ran } from "./testing/program.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
  await harness.pipeline("p", "CREATE TABLE t (n INT NOT NULL) WITH ('materialized' = 'true');");
});
afterAll(() => harness[Symbol.asyncDispose]());

const MIXED = '{"n":1}\n{"n":"many"}\n{"n":2}\n{"n":"more"}\n{"n":3}\n';

/** The token that `ingest` printed. */
function tokenOf({ stdout }: Ran): string {
  return /ct1_[\w-]+/u.exec(stdout)?.[0] ?? "";
}

test("V1: ingest prints how many records were ingested and rejected, with the token of both", async () => {
  const file = await harness.file("mixed.json", MIXED);
  const ran = await harness.run("ingest", "p", "t", file);
  expect(ran).toMatchObject({
    code: EXIT.failed,
    stdout: expect.stringMatching(/^3 records, 2 rejected\nct1_\S+\n$/u),
    stderr: expect.stringMatching(/^tidemark: .*event #2.*event #4/su),
  });
  const waited = await harness.run("wait", "p", tokenOf(ran));
  expect(waited).toMatchObject({ code: EXIT.done, stderr: "" });
  const lines = waited.stdout.trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringMatching(/^complete \(step \d+\)$/u),
    "rejected: 2 records",
    expect.stringMatching(/^ {2}t\.\S+ \S+:\d+: .*many.* \(field n\)$/u),
    expect.stringMatching(/^ {2}t\.\S+ \S+:\d+: .*more.* \(field n\)$/u),
  ]);
});

test("--fail-on-rejects exits with 5 for ingest, wait and status, of one token and of several", async () => {
  const bad = await harness.file("bad.json", MIXED);
  const good = await harness.file("good.json", '{"n":7}\n');
  const pushed = await harness.run("ingest", "p", "t", bad, "--fail-on-rejects", "--wait");
  expect(pushed.code).toBe(EXIT.rejected);
  expect(pushed.stdout).toMatch(
    /^3 records, 2 rejected\nct1_\S+\ncomplete .*\nrejected: 2 records\n/u,
  );
  const clean = await harness.run("ingest", "p", "t", good, "--fail-on-rejects", "--wait");
  expect(clean).toMatchObject({ code: EXIT.done, stderr: "" });
  const tokens = [tokenOf(pushed), tokenOf(clean)] as const;
  const codes = await Promise.all([
    harness.run("wait", "p", tokens[0], "--fail-on-rejects"),
    harness.run("wait", "p", tokens[1], "--fail-on-rejects"),
    harness.run("status", "p", tokens[0], "--fail-on-rejects"),
    harness.run("status", "p", tokens[0]),
    harness.run("status", "p", ...tokens, "--fail-on-rejects"),
    harness.run("status", "p", tokens[1], tokens[1], "--fail-on-rejects"),
  ]);
  expect(codes.map(({ code }) => code)).toEqual([5, 0, 5, 0, 5, 0]);
  expect(codes[4].stdout).toContain("rejected: 2 records\n");
});

test("--json carries what was rejected on stdout, and the error on stderr", async () => {
  const file = await harness.file("json.json", MIXED);
  const pushed = await harness.run("ingest", "p", "t", file, "--wait", "--json");
  expect(pushed.code).toBe(EXIT.failed);
  expect(JSON.parse(pushed.stdout)).toMatchObject({
    status: "complete",
    token: expect.stringMatching(/^ct1_/u),
    records: 3,
    rejected: 2,
    errors: [{ event_number: 2, field: "n" }, { event_number: 4 }],
    dead_letters: 0,
    rejections: [{ field: "n", record: expect.stringContaining("many") }, { field: "n" }],
  });
  expect(JSON.parse(pushed.stderr)).toMatchObject({ error_code: "ParseErrors" });
  const status = await harness.run("status", "p", tokenOf(pushed), "--json");
  expect(JSON.parse(status.stdout)).toMatchObject({
    status: "complete",
    rejected: 2,
    dead_letters: 0,
    rejections: [
      {
        connector: expect.stringMatching(/^t\./u),
        partition: expect.any(String),
        offset: expect.any(Number),
        at: expect.stringMatching(/Z$/u),
        error: expect.stringContaining("many"),
      },
      { field: "n" },
    ],
  });
});

test("a long list of rejected records is cut, and says how many more there are", async () => {
  const file = await harness.file("many.csv", "x\n".repeat(5000) + "1\n");
  const { code, stdout, stderr } = await harness.run("ingest", "p", "t", file, "--wait");
  expect(code).toBe(EXIT.failed);
  expect(stderr.length).toBeLessThan(3000);
  expect(stdout).toMatch(/^1 records, 5000 rejected\nct1_\S+\ncomplete/u);
  expect(stdout).toContain("rejected: 5000 records\n");
  expect(stdout).toMatch(/^ {2}and 49\d\d more: SELECT \* FROM tidemark_rejected$/mu);
});

test("a push whose wait is not over exits with 3, whatever was rejected", async () => {
  const output = { name: "held", paused: true, transport: { name: "null_output", config: {} } };
  await harness.pipeline(
    "held",
    `CREATE TABLE t (n INT NOT NULL); CREATE VIEW v WITH ('connectors' = '${JSON.stringify([output])}') AS SELECT n FROM t;`,
  );
  const file = await harness.file("held.json", MIXED);
  const args = ["ingest", "held", "t", file, "--wait", "--timeout", "0.1", "--fail-on-rejects"];
  const { code, stdout } = await harness.run(...args);
  expect(code).toBe(EXIT.inProgress);
  expect(stdout).toMatch(/^3 records, 2 rejected\nct1_\S+\ninprogress: /u);
});

test("an input that stopped before a reject says so in stats and to tokens, and goes on with --skip-rejected", async () => {
  const rows = await harness.file("rows.json", MIXED);
  const connector = {
    name: "f",
    on_reject: "stop",
    transport: { name: "file_input", config: { path: rows } },
    format: { name: "json", config: { update_format: "raw" } },
  };
  await harness.pipeline(
    "stopping",
    `CREATE TABLE t (n INT NOT NULL) WITH ('connectors' = '${JSON.stringify([connector])}');`,
  );
  const address = { pipeline: "stopping", table: "t", connector: "f" };
  const head = await harness.client.tokens.issue(address, { basis: "head" });
  await stopped(address, head, "many");
  const stats = await harness.run("connectors", "stats", "stopping");
  expect(stats.stdout).toMatch(/^INPUT +STATE +RECORDS +BUFFERED +BYTES +ERRORS +REJECTED$/mu);
  expect(stats.stdout).toMatch(/^t\.f +stopped before a reject: .*many.* +0$/mu);
  const issued = await harness.run("token", "stopping", "t", "f");
  expect(issued).toMatchObject({ code: EXIT.done, stdout: expect.stringMatching(/^ct1_\S+\n$/u) });
  expect(issued.stderr).toMatch(/stopped before a rejected record.*many.*--skip-rejected/su);
  for (const next of ["more", undefined]) {
    await harness.run("connectors", "start", "stopping", "t", "f", "--skip-rejected");
    if (next !== undefined) await stopped(address, head, next);
  }
  const done = await harness.run("wait", "stopping", head, "--fail-on-rejects");
  expect(done.code).toBe(EXIT.rejected);
  const after = await harness.run("connectors", "stats", "stopping");
  expect(after.stdout).toMatch(/^t\.f +\w+ .* 2$/mu);
});

/** Resolves once the input has stopped before a record with this text. */
async function stopped(
  { pipeline }: { readonly pipeline: string },
  token: string,
  text: string,
): Promise<void> {
  for await (const { reasons } of harness.client.tokens.watch(pipeline, token)) {
    if (reasons.some(({ message }) => message.includes(text))) return;
  }
}
