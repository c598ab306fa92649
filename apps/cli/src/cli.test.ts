import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadConfig, type RunningServer, startServer } from "@tidemark/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { EXIT } from "./exit.ts";

const MAIN = join(import.meta.dirname, "main.ts");

interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
  const dataDir = join(folder, "data");
  const flags = { http: "127.0.0.1:0", grpc: "127.0.0.1:0", dataDir, logLevel: "error" };
  server = await startServer(loadConfig({ flags, environment: {} }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the program as a shell does. */
async function tidemark(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      TIDEMARK_SERVER: `127.0.0.1:${server.ports.http}`,
      TIDEMARK_SERVER_GRPC: `127.0.0.1:${server.ports.grpc}`,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** The one JSON document that a command wrote. */
function document({ code, stdout, stderr }: Ran): unknown {
  expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout);
}

describe("API keys", () => {
  test("a key is shown when it is made, and then only its name and role", async () => {
    const made = document(await tidemark(["--json", "keys", "create", "bot", "--role", "write"]));
    expect(made).toEqual({
      name: "bot",
      role: "write",
      api_key: expect.stringMatching(/^apikey:[A-Za-z0-9]{128}$/u),
    });
    const listed = document(await tidemark(["--json", "keys", "list"]));
    expect(listed).toEqual([{ id: expect.any(String), name: "bot", role: "write" }]);
    expect(await tidemark(["keys", "delete", "bot"])).toMatchObject({ code: EXIT.done });
    const again = await tidemark(["keys", "delete", "bot"]);
    expect(again).toMatchObject({ code: EXIT.failed, stderr: "tidemark: Unknown API key 'bot'\n" });
  });
});

describe("the main job by the command line", () => {
  const PROGRAM = `
    CREATE TABLE sales (id BIGINT NOT NULL, amount DECIMAL(10, 2) NOT NULL)
      WITH ('materialized' = 'true');
    CREATE MATERIALIZED VIEW total AS SELECT count(*) AS sales, sum(amount) AS amount FROM sales;`;
  let token = "";

  test("a pipeline is created from a file and started", async () => {
    const file = await fileWith("sales.sql", PROGRAM);
    const created = document(
      await tidemark(["pipelines", "create", "sales", file, "--start", "--json"]),
    );
    expect(created).toMatchObject({ name: "sales", status: "Running", error: null });
    const { code, stdout } = await tidemark(["pipelines", "list"]);
    expect(code).toBe(EXIT.done);
    expect(stdout).toMatch(/^sales\s+Running\s+Success\s+InUse$/m);
  });

  test("a file of lines is pushed and waited for", async () => {
    const lines = Array.from({ length: 5000 }, (_, id) => `{"id":${id},"amount":"1.25"}\n`);
    const file = await fileWith("sales.json", lines.join(""));
    const pushed = document(await tidemark(["ingest", "sales", "sales", file, "--wait", "--json"]));
    expect(pushed).toMatchObject({ status: "complete", remaining: 0, records: 5000 });
  });

  test("an array and a CSV file are told by what they are", async () => {
    const array = await fileWith("array.json", '[{"id":-1,"amount":1},\n{"id":-2,"amount":1}]');
    expect(document(await tidemark(["ingest", "sales", "sales", array, "--json"]))).toMatchObject({
      records: 2,
    });
    const csv = await fileWith("more.csv", "-3,0.5\n-4,0.5\n");
    const command = ["ingest", "sales", "sales", csv, "--key", "once"];
    const pushed = await tidemark(command);
    expect(await tidemark(command)).toEqual(pushed);
    expect(pushed.code).toBe(EXIT.done);
    expect(pushed.stdout).toMatch(/^2 records\nct1_\S+\n$/);
    token = pushed.stdout.trim().split("\n")[1] ?? "";
  });

  test("a token is waited for, and then complete", async () => {
    const waited = await tidemark(["wait", "sales", token, "--timeout", "30"]);
    expect(waited).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(waited.stdout).toMatch(/^complete \(step \d+\)\n$/);
    const status = document(await tidemark(["status", "sales", token, "--json"]));
    expect(status).toMatchObject({ status: "complete", remaining: 0, reasons: [] });
    const several = await tidemark(["status", "sales", token, token, token]);
    expect(several.stdout).toMatch(/^all: complete\n(?:complete \(step \d+\)\n){3}$/);
  });

  test("listening shows what there is and what changes, until it is interrupted", async () => {
    const env = { ...process.env, TIDEMARK_SERVER: `127.0.0.1:${server.ports.http}` };
    const args = ["listen", "sales", "total", "--snapshot", "--backpressure"];
    const child = spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...args], {
      env,
    });
    let lines = "";
    const output = child.stdout.setEncoding("utf8");
    output.on("data", (text: string) => {
      lines += text;
    });
    const until = async (text: string): Promise<void> => {
      while (!lines.includes(text)) await once(output, "data");
    };
    await until('{"insert":{"sales":5004,"amount":6253.00}}\n');
    const file = await fileWith("last.csv", "-5,1\n");
    await tidemark(["ingest", "sales", "sales", file]);
    await until(
      '{"delete":{"sales":5004,"amount":6253.00}}\n{"insert":{"sales":5005,"amount":6254.00}}\n',
    );
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect(code).toBe(130);
  });

  test("a query shows the rows, for people and for programs", async () => {
    const sql = "SELECT * FROM total";
    const people = await tidemark(["query", "sales", sql]);
    expect(people.stdout).toMatch(/^sales\s+amount\n5005\s+6254\.00\n\(1 row\)\n$/);
    expect(document(await tidemark(["--json", "query", "sales", sql]))).toMatchObject({
      sales: 5005,
    });
  });

  test("a paused pipeline's token is still in progress when the time is up, with the reason", async () => {
    document(await tidemark(["pipelines", "pause", "sales", "--json"]));
    const file = await fileWith("late.json", '{"id":9,"amount":9}');
    const pushed = await tidemark(["ingest", "sales", "sales", file, "--force", "--json"]);
    const { code, stdout } = await tidemark(["connectors", "stats", "sales", "--json"]);
    expect(pushed.code).toBe(EXIT.done);
    expect(code).toBe(EXIT.done);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: [] });
    document(await tidemark(["pipelines", "resume", "sales", "--json"]));
  });

  test("a stopped, cleared and deleted pipeline is gone", async () => {
    for (const verb of ["stop", "clear", "delete"]) {
      document(await tidemark(["pipelines", verb, "sales", "--json"]));
    }
    const shown = await tidemark(["pipelines", "show", "sales"]);
    expect(shown.code).toBe(EXIT.failed);
    expect(shown.stderr).toMatch(/^tidemark: .*sales/);
  });
});

describe("what goes wrong", () => {
  test("a connector that is paused keeps its token in progress: exit code 3", async () => {
    const input = await fileWith("held.json", '{"n":1}\n');
    const connectors = JSON.stringify([
      {
        name: "file",
        paused: true,
        transport: { name: "file_input", config: { path: input } },
        format: { name: "json", config: { update_format: "raw" } },
      },
    ]);
    const program = `CREATE TABLE held (n INT) WITH ('connectors' = '${connectors}');`;
    const file = await fileWith("held.sql", program);
    await tidemark(["pipelines", "create", "held", file, "--start"]);
    const { stdout } = await tidemark(["token", "held", "held", "file", "--head"]);
    const token = stdout.trim();
    const waited = await tidemark(["wait", "held", token, "--timeout", "0.2", "--json"]);
    expect(waited.code).toBe(EXIT.inProgress);
    expect(JSON.parse(waited.stdout)).toMatchObject({ status: "inprogress" });
    expect((await tidemark(["status", "held", token])).code).toBe(EXIT.inProgress);
    await tidemark(["connectors", "start", "held", "held", "file"]);
    expect((await tidemark(["wait", "held", token])).code).toBe(EXIT.done);
    await tidemark(["pipelines", "stop", "held"]);
    await tidemark(["pipelines", "clear", "held"]);
    await tidemark(["pipelines", "start", "held"]);
    const lost = await tidemark(["status", "held", token, "--json"]);
    expect(lost.code).toBe(EXIT.lost);
    expect(JSON.parse(lost.stderr)).toMatchObject({ message: expect.any(String) });
  });

  test("a program that can't run is told with its place", async () => {
    const file = await fileWith(
      "bad.sql",
      "CREATE TABLE t (n INT);\nCREATE VIEW v AS SELECT m FROM t;",
    );
    const { code, stderr } = await tidemark(["pipelines", "create", "bad", file]);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toMatch(/line 2, column \d+/);
  });

  test("records that don't fit are told with their number", async () => {
    const file = await fileWith("ok.sql", "CREATE TABLE t (n INT NOT NULL);");
    await tidemark(["pipelines", "create", "misfits", file, "--start"]);
    const records = await fileWith("misfits.json", '{"n":1}\n{"n":"many"}\n');
    const { code, stderr } = await tidemark(["ingest", "misfits", "t", records]);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain("event #2");
  });

  test.each([
    [["wait", "p"]],
    [["status", "p", "t", "--timeout", "1"]],
    [["wait", "p", "t", "--timeout", "soon"]],
    [["ingest", "p", "t", "f", "--format", "xml"]],
    [["ingest", "p", "t", "f", "--param", "array"]],
    [["bogus"]],
  ])("%j is wrong usage", async (args) => {
    const { code, stderr } = await tidemark(args);
    expect(code).toBe(EXIT.usage);
    expect(stderr).not.toBe("");
    expect(stderr).not.toContain("    at ");
  });

  test("a file that is not there is named", async () => {
    const { code, stderr } = await tidemark(["ingest", "p", "t", "none.json"]);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain("none.json");
    expect(stderr).not.toContain("    at ");
  });

  test("a server that does not answer is named, with what to do", async () => {
    const { code, stderr } = await tidemark(["pipelines", "list", "--server", "127.0.0.1:9"]);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain("no server answers at 127.0.0.1:9");
  });
});

describe("the demo", () => {
  test("shows a token become complete, and finds its data and tokens when run again", async () => {
    const data = join(folder, "demo");
    const env = {
      TIDEMARK_HTTP: "127.0.0.1:0",
      TIDEMARK_GRPC: "127.0.0.1:0",
      TIDEMARK_DATA_DIR: data,
      TIDEMARK_DEMO_EXIT: "1",
    };
    const first = await tidemark(["demo"], env);
    expect(first).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(first.stdout).toMatch(/inprogress: \d+ to go; connector 'flights\.file' is paused/);
    expect(first.stdout).toContain("200,000 records");
    expect(first.stdout).toContain('"status":"complete"');
    expect(first.stdout).toContain("202000");
    expect(first.stdout).toContain("COMPLETION_STATUS_COMPLETE");
    expect(first.stdout).toContain("grpcurl");
    const written = await readFile(join(data, "demo", "delay_by_hour.csv"), "utf8");
    expect(written.split("\n").length).toBeGreaterThan(20);

    const second = await tidemark(["demo", "--exit"], env);
    expect(second).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(second.stdout).toContain("The pipeline of an earlier run is there");
    expect(second.stdout).toMatch(/^ {3}file .* complete/m);
    expect(second.stdout).toMatch(/^ {3}pushed .* complete/m);
    expect(second.stdout).toContain("202000");
  });

  test("says plainly that its port is taken", async () => {
    const env = {
      TIDEMARK_HTTP: `127.0.0.1:${server.ports.http}`,
      TIDEMARK_DATA_DIR: join(folder, "taken"),
    };
    const { code, stderr } = await tidemark(["demo", "--exit"], env);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain("is taken by another program");
    expect(stderr).toContain("TIDEMARK_HTTP");
    expect(stderr).not.toContain("    at ");
  });
});
