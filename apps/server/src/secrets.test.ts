/** Secrets of connectors on a real PostgreSQL: used, and never seen. */

import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createSlot, type Database, withPostgres } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { secretLookup } from "./secret-lookup.ts";
import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";

const PASSWORD = "hunter2-Zq";

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let server: InProcessServer;
beforeAll(async () => {
  folder = await scratchFolder();
  const logFile = join(folder.path, "log");
  server = await inProcessServer({ secretsDir: folder.path, logLevel: "trace", logFile });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function program(input: Readonly<Record<string, string>>, output = input): string {
  const reads = [{ name: "in", transport: { name: "postgres_cdc_input", config: input } }];
  const writes = [{ name: "out", transport: { name: "postgres_output", config: output } }];
  return `CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)
    WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(reads)}');
    CREATE MATERIALIZED VIEW v WITH ('connectors' = '${JSON.stringify(writes)}') AS SELECT id FROM t;`;
}

/** A user of the database whose password is the secret. */
async function withUser(database: Database): Promise<AsyncDisposable & { readonly url: URL }> {
  const role = `secretive_${randomUUID().replaceAll("-", "")}`;
  await database.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = PASSWORD;
  return {
    url,
    async [Symbol.asyncDispose]() {
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    },
  };
}

/** Everything that anybody is told of a pipeline, but for its program as it was written. */
async function told(name: string): Promise<string> {
  const pipeline = `${server.http}/v0/pipelines/${name}`;
  const { body } = await send(pipeline);
  const { program_code: _, ...rest } = Object(body);
  const others = ["stats", "tables/t/connectors/in/stats", "views/v/connectors/out/stats"];
  const answers = await Promise.all(others.map((path) => send(`${pipeline}/${path}`)));
  const log = await readFile(join(folder.path, "log"), "utf8");
  return JSON.stringify([rest, answers]) + log;
}

withPostgres((database) => {
  test("values come from the environment and from files at every start, and only references are seen", async () => {
    const source = database();
    await source.query("CREATE TABLE t (id bigint PRIMARY KEY)");
    await source.query("CREATE TABLE v (id bigint PRIMARY KEY)");
    await source.query("INSERT INTO t VALUES (1)");
    await source.query("CREATE PUBLICATION p FOR TABLE t");
    await using user = await withUser(source);
    const { url } = user;
    vi.stubEnv("PG_PASSWORD", PASSWORD);
    await mkdir(join(folder.path, "kubernetes/pg"), { recursive: true });
    await writeFile(join(folder.path, "kubernetes/pg/uri"), `${url.href}\n`);
    const uri = url.href.replace(PASSWORD, "${env:PG_PASSWORD}");
    const input = { uri, publication: "p", source_table: "public.t" };
    const output = { uri: "${secret:kubernetes:pg/uri}", table: "v" };
    await startPipeline(server.http, "used", program(input, output));
    const pipeline = `${server.http}/v0/pipelines/used`;
    const issued = await send(`${pipeline}/tables/t/connectors/in/completion_token?basis=head`);
    const token = String(Object(issued.body).token);
    await send(`${pipeline}/completion_status?token=${token}`, { wait: 30 });
    expect(await source.query("SELECT id::int FROM v")).toEqual([{ id: 1 }]);
    expect(await query(server.http, "used", "SELECT id FROM t")).toEqual([{ id: 1 }]);

    await source.query("DROP TABLE v");
    await source.query("INSERT INTO t VALUES (2)");
    const trouble = `${pipeline}/views/v/connectors/out/stats`;
    for (let errors = 0; errors === 0;) {
      errors = Number(Object(Object((await send(trouble)).body).metrics).num_transport_errors);
    }
    const seen = await told("used");
    expect(seen).not.toContain(PASSWORD);
    expect(seen).toContain("${env:PG_PASSWORD}");
    expect(seen).toContain("${secret:kubernetes:pg/uri}");
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
    await until(pipeline, "deployment_status", "Stopped");

    await writeFile(join(folder.path, "kubernetes/pg/uri"), "no address with hunter2-Zq in it");
    await expect(startPipeline(server.http, "changed", program(input, output))).rejects.toThrow(
      "connector 'v.out': 'uri' has to be a URL",
    );
    expect(await told("changed")).not.toContain(PASSWORD);
  });

  test("secrets in the program's text are seen in the program's text only", async () => {
    await using user = await withUser(database());
    const { url } = user;
    const slot = `literal_${database().name.slice(-12)}`;
    await createSlot(database(), slot, "test_decoding");
    const config = { uri: url.href, slot };
    await startPipeline(server.http, "literal", program(config), { engine: "external" });
    expect(await told("literal")).not.toContain(PASSWORD);
    const { body } = await send(`${server.http}/v0/pipelines/literal`);
    expect(Object(body).program_code).toContain(PASSWORD);

    const wrong = { ...config, uri: url.href.replace("secretive_", "nobody_") };
    const refused = startPipeline(server.http, "refused", program(wrong), { engine: "external" });
    await expect(refused).rejects.toThrow("refused the");
    expect(await told("refused")).not.toContain(PASSWORD);

    const broken = program({ ...config, slot: 'x","' }).replace("VIEW v", "VIEW v v");
    const created = { name: "broken", program_code: broken };
    await send(`${server.http}/v0/pipelines`, { method: "POST", body: created });
    await until(`${server.http}/v0/pipelines/broken`, "program_status", "SqlError");
    expect(await told("broken")).not.toContain(PASSWORD);
  });

  test.each([
    ["${env:NO_SUCH_VARIABLE}", "the server has no environment variable 'NO_SUCH_VARIABLE'"],
    ["${env:TIDEMARK_API_KEY}", "are the server's own"],
    ["${secret:kubernetes:pg/none}", "no file 'kubernetes/pg/none'"],
  ])(
    "%s keeps a pipeline from starting, with the connector, the field and why",
    async (uri, why) => {
      vi.stubEnv("TIDEMARK_API_KEY", PASSWORD);
      const name = `refused-${uri.replaceAll(/\W/gu, "")}`;
      const started = startPipeline(server.http, name, program({ uri, slot: "s" }), {
        engine: "external",
      });
      await expect(started).rejects.toThrow(why);
      await expect(started).rejects.toThrow(/t\.in|connector 'in'/u);
      await expect(started).rejects.toThrow(/transport\.config\.uri|\$\{/u);
      expect(await told(name)).not.toContain(PASSWORD);
    },
  );
});

test("a malformed reference keeps a program from compiling", async () => {
  const pipelines = `${server.http}/v0/pipelines`;
  const code = program({ uri: "${secret:vault:pg}", slot: "s" });
  await send(pipelines, { method: "POST", body: { name: "malformed", program_code: code } });
  await until(`${pipelines}/malformed`, "program_status", "SqlError");
  const { body } = await send(`${pipelines}/malformed`);
  expect(JSON.stringify(body)).toContain(
    "connector 'in': field 'transport.config.uri': '${secret:vault:pg}' is no reference",
  );
});

test("without a folder of secrets, the setting that names it is said", () => {
  const found = secretLookup(
    {},
    undefined,
  )({
    kind: "secret",
    text: "${secret:kubernetes:a/b}",
    provider: "kubernetes",
    name: "a",
    key: "b",
  });
  expect(found).toMatchObject({ kind: "missing", why: expect.stringContaining("--secrets-dir") });
});
