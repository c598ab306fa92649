/** Ctrl-C while a file is pushed: what was ingested is said, and how to go on. */

import { open } from "node:fs/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { EXIT } from "./exit.ts";
import { type Harness, openHarness, type Running } from "./testing/program.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

let pipelines = 0;

/** A pipeline with the table `t (n INT, s VARCHAR)`. */
async function pipeline(): Promise<string> {
  pipelines += 1;
  const name = `p${pipelines}`;
  const program = "CREATE TABLE t (n INT NOT NULL, s VARCHAR) WITH ('materialized' = 'true');";
  await harness.pipeline(name, program);
  return name;
}

/** How many rows the table has. */
async function rowsOf(name: string): Promise<number> {
  for await (const { rows } of harness.client.query(name, "SELECT COUNT(*) AS n FROM t")) {
    const [row] = rows;
    if (row !== undefined) return Number(JSON.parse(row).n);
  }
  return NaN;
}

/** Starts to push what is written to its standard input; resolves once as many rows have come. */
async function pushing(
  name: string,
  written: string,
  rows: number,
  ...options: readonly string[]
): Promise<Running> {
  const begun = Promise.withResolvers<void>();
  const seen = seeing(name, rows, () => begun.resolve());
  await begun.promise;
  const program = harness.start("ingest", name, "t", "-", ...options);
  program.child.stdin.write(written);
  await Promise.race([
    seen,
    program.ended.then((ran) => Promise.reject(new Error(JSON.stringify(ran)))),
  ]);
  return program;
}

async function seeing(name: string, rows: number, begun: () => void): Promise<void> {
  let seen = 0;
  for await (const event of harness.client.subscribe({ pipeline: name, relation: "t" })) {
    if (event.kind === "begun") begun();
    else seen += event.data === undefined ? 0 : JSON.parse(event.data).length;
    if (seen >= rows) return;
  }
}

describe("without a key", () => {
  test.each([
    { what: "lines of JSON", written: '{"n":1}\n{"n":2}\n{"n":3,"s":"cut', options: [], rows: 2 },
    { what: "JSON over lines", written: '{"n":1}\n{\n"n":2}\n{\n"n":\n', options: [], rows: 2 },
    {
      what: "CSV with a line end in quotes",
      written: '1,"a\nb"\n2,"c\n',
      options: ["--format", "csv"],
      rows: 1,
    },
    {
      what: "arrays, the last one whole",
      written: '[{"n":1},{"n":2}]\n',
      options: ["--param", "array=true"],
      rows: 2,
    },
  ])(
    "Ctrl-C ends $what behind the last whole record, and prints the token of what was ingested",
    async ({ written, options, rows }) => {
      const name = await pipeline();
      const { child, ended } = await pushing(name, written, rows, ...options);
      child.kill("SIGINT");
      const { code, stdout, stderr } = await ended;
      expect({ code, stdout }).toEqual({
        code: EXIT.interrupted,
        stdout: expect.stringMatching(new RegExp(`^${rows} records\nct1_\\S+\n$`, "u")),
      });
      expect(stderr).toMatch(/interrupted after \d+ bytes.*--key/su);
      const token = stdout.trim().split("\n")[1] ?? "";
      const status = await harness.client.tokens.wait(name, token, { timeoutMs: 30_000 });
      expect(status).toMatchObject({ complete: true, rejected: 0n });
      expect(await rowsOf(name)).toBe(rows);
    },
  );

  test("SIGTERM and --wait and --json: the document says how much was sent, and nothing is waited for", async () => {
    const name = await pipeline();
    const { child, ended } = await pushing(
      name,
      '{"n":1}\n{"n":"x"}\n{"n":2',
      1,
      "--wait",
      "--json",
    );
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(EXIT.interrupted);
    expect(JSON.parse(stdout)).toEqual({
      token: expect.stringMatching(/^ct1_/u),
      records: 1,
      rejected: 1,
      errors: [expect.objectContaining({ event_number: 2, field: "n" })],
      interrupted: true,
      sent_bytes: 18,
    });
  });

  test("nothing of an unfinished array is ingested, and Ctrl-C says so", async () => {
    const name = await pipeline();
    const written = '[{"n":1}]\n[{"n":2},';
    const { child, ended } = await pushing(name, written, 1, "--param", "array=true");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({
      code: EXIT.interrupted,
      stdout: "",
      stderr: expect.stringMatching(/nothing of the unfinished array is ingested/u),
    });
    expect(await rowsOf(name)).toBe(1);
  });
});

test("Ctrl-C ends a push from a pipe with a name that its writer holds open", async () => {
  const name = await pipeline();
  const path = await harness.pipe("rows");
  const begun = Promise.withResolvers<void>();
  const seen = seeing(name, 1, () => begun.resolve());
  await begun.promise;
  const { child, ended } = harness.start("ingest", name, "t", path);
  await using writer = await open(path, "w");
  await writer.write('{"n":1}\n{"n":2');
  await seen;
  child.kill("SIGINT");
  expect(await ended).toMatchObject({
    code: EXIT.interrupted,
    stdout: expect.stringMatching(/^1 records\nct1_\S+\n$/u),
  });
});

describe("with a key", () => {
  test("Ctrl-C gives the push up, and the same command ingests what was missing, each record once", async () => {
    const name = await pipeline();
    const lines = Array.from({ length: 1000 }, (_, n) => `{"n":${n}}\n`);
    const first = lines.slice(0, 400).join("");
    const { child, ended } = await pushing(name, first, 400, "--key", "k1");
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: EXIT.interrupted, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(`interrupted after ${first.length} bytes: nothing is lost.*--key 'k1'`, "u"),
    );
    expect(await rowsOf(name)).toBe(400);
    const again = harness.start("ingest", name, "t", "-", "--key", "k1", "--wait");
    again.child.stdin.end(lines.join(""));
    const resumed = await again.ended;
    expect(resumed).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(resumed.stdout).toMatch(/^1000 records\nct1_\S+\ncomplete/u);
    expect(await rowsOf(name)).toBe(1000);
  });
});

describe("while the server holds the push up", () => {
  const LINES = 60_000;

  /** A push that is far from its end and can't go on, as a subscriber does not read. */
  async function heldUp(name: string): Promise<{
    readonly program: Running;
    readonly go: () => Promise<void>;
  }> {
    const filler = "x".repeat(1000);
    const lines = Array.from({ length: LINES }, (_, n) => `{"n":${n},"s":"${filler}"}\n`);
    const file = await harness.file(`${name}.json`, lines.join(""));
    const subscribed = harness.client.subscribe({
      pipeline: name,
      relation: "t",
      backpressure: true,
    });
    const events = subscribed[Symbol.asyncIterator]();
    await events.next();
    const program = harness.start("ingest", name, "t", file);
    await events.next();
    return { program, go: async () => void (await events.return?.()) };
  }

  test("H14: Ctrl-C waits for the answer to what was sent, whose token covers exactly those rows", async () => {
    const name = await pipeline();
    const { program, go } = await heldUp(name);
    program.child.kill("SIGINT");
    await program.said("stderr", /waiting for the answer/u);
    await go();
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(EXIT.interrupted);
    expect(stderr).toMatch(/interrupted after \d+ bytes, behind the last whole record/u);
    const [counted = "", token = ""] = stdout.trim().split("\n");
    const records = Number(/^(\d+) records$/u.exec(counted)?.[1]);
    expect(records).toBeGreaterThan(0);
    expect(records).toBeLessThan(LINES);
    const status = await harness.client.tokens.wait(name, token, { timeoutMs: 30_000 });
    expect(status).toMatchObject({ complete: true, rejected: 0n });
    expect(await rowsOf(name)).toBe(records);
  });

  test("a second Ctrl-C ends the program at once", async () => {
    const { program, go } = await heldUp(await pipeline());
    program.child.kill("SIGINT");
    await program.said("stderr", /Ctrl-C again/u);
    program.child.kill("SIGINT");
    expect(await program.ended).toMatchObject({ code: null, signal: "SIGINT", stdout: "" });
    await go();
  });
});

test("Ctrl-C during a wait says how to go on with the token that was printed", async () => {
  const output = { name: "o", paused: true, transport: { name: "null_output", config: {} } };
  await harness.pipeline(
    "waiting",
    `CREATE TABLE t (n INT NOT NULL); CREATE VIEW v WITH ('connectors' = '${JSON.stringify([output])}') AS SELECT n FROM t;`,
  );
  const file = await harness.file("waiting.json", '{"n":1}\n');
  const { child, said, ended } = harness.start("ingest", "waiting", "t", file, "--wait");
  await said("stdout", /^1 records\nct1_\S+\n/u);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(EXIT.interrupted);
  expect(stderr).toContain(`tidemark wait waiting ${stdout.trim().split("\n")[1]}`);
});
