import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";

import { DuckDBInstance } from "@duckdb/node-api";
import { type Changes, type Engine, type Step } from "@tidemark/connector";
import { parseProgram, type Program } from "@tidemark/program";
import { expect, onTestFinished, test } from "vitest";

import { duckdbEngines } from "./index.ts";
import { CRASH_PROGRAM } from "./testing/crash-program.ts";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-storage-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

function open(directory: string, program: Program = CRASH_PROGRAM): Promise<Engine> {
  return duckdbEngines({ memoryLimit: "256MB", threads: 1, readers: 1 }).open({
    directory,
    program,
  });
}

function step(changes: Changes, deliveredStep = 0n): Step {
  return { inputs: [{ table: "t", changes }], progress: new Map(), ended: [], deliveredStep };
}

async function openFiles(directory: string): Promise<readonly string[]> {
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(
    names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  return targets.filter((target) => target.startsWith(directory));
}

test("a step that a view can't take fails in words that show none of the engine's own SQL", async () => {
  const parsed = parseProgram(
    'CREATE TABLE t (s VARCHAR); CREATE VIEW v WITH (\'connectors\' = \'[{"transport": {"name": "null_output"}}]\') AS SELECT CAST(s AS INT) AS n FROM t;',
  );
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  await using engine = await open(await temporaryDirectory(), parsed.program);
  await expect(engine.commit(step({ rows: [["abc"]] }))).rejects.toThrow(
    /^view v has outputs and can't be computed: Conversion Error: Could not convert string 'abc' to INT32 when casting from source column s; nothing of the step was stored\. [^:"]+$/u,
  );
});

test.runIf(platform === "linux")(
  "closing gives up all files, also where answers were left half read",
  async () => {
    const directory = await temporaryDirectory();
    {
      await using engine = await open(directory);
      const rows = Array.from({ length: 20_000 }, (_, i) => [BigInt(i), 0]);
      await engine.commit(step({ rows }));
      const { signal } = new AbortController();
      const { rows: left } = await engine.query("SELECT * FROM t", { signal });
      for await (const piece of left) if (piece.length > 0) break;
      await engine.query("SELECT * FROM t", { signal });
      for await (const piece of engine.changes("doubled", 1n)) if (piece.length > 0) break;
      expect(await openFiles(directory)).not.toEqual([]);
    }
    expect(await openFiles(directory)).toEqual([]);
    expect(await readdir(join(directory, "engine"))).toEqual(["engine.duckdb"]);
  },
);

test("many changes of a compared view are summed up without losing any", async () => {
  const directory = await temporaryDirectory();
  const [first] = CRASH_PROGRAM.views;
  if (first === undefined) throw new Error("no view");
  const view = { ...first, query: "SELECT i, COUNT(*) AS n FROM t GROUP BY i" };
  const program = { ...CRASH_PROGRAM, views: [view] };
  const rows = Array.from({ length: 1500 }, (_, i) => [1n, i]);
  const seen = new Map<string, number>();
  for (const steps of [5, 2]) {
    await using engine = await open(directory, program);
    for (let i = 0; i < steps; i += 1) {
      const committed = await engine.commit(step({ rows }));
      for await (const piece of engine.changes(view.id.name, committed.step)) {
        for (const { weight, row } of piece) {
          const key = row.join("|");
          seen.set(key, (seen.get(key) ?? 0) + weight);
        }
      }
    }
  }
  const left = new Map([...seen].filter(([, weight]) => weight !== 0));
  expect(left).toEqual(new Map(rows.map(([, i]) => [`${i}|7`, 1])));
});

test("changes that were delivered are dropped from the file", async () => {
  const directory = await temporaryDirectory();
  await using engine = await open(directory);
  for (let i = 1n; i <= 200n; i += 1n) {
    const rows = Array.from({ length: 50 }, (_, n) => [i, n]);
    await engine.commit(step({ rows }, i - 1n));
  }
  const told: bigint[] = [];
  for (let i = 1n; i <= 200n; i += 1n) {
    for await (const piece of engine.changes("doubled", i)) if (piece.length > 0) told.push(i);
  }
  expect(told).toEqual([200n]);
});

/** Runs SQL on closed storage. */
async function onStorage(directory: string, sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(join(directory, "engine", "engine.duckdb"));
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(sql);
  connection.closeSync();
  instance.closeSync();
  return result.getRows();
}

test("storage of another layout is refused and left as it is", async () => {
  const directory = await temporaryDirectory();
  {
    await using engine = await open(directory);
    await engine.commit(step({ rows: [[1n, 1]] }));
  }
  const layout = (sql: string): Promise<unknown> => onStorage(directory, sql);
  await layout("UPDATE tidemark_internal.meta SET value = '1' WHERE key = 'layout'");
  await expect(open(directory)).rejects.toThrow(/stores times, timestamps and variants otherwise/u);
  expect(await layout("SELECT value FROM tidemark_internal.meta WHERE key = 'layout'")).toEqual([
    ["1"],
  ]);
});

test("functions that an earlier version stored are made anew", async () => {
  const directory = await temporaryDirectory();
  await (await open(directory))[Symbol.asyncDispose]();
  await onStorage(
    directory,
    "CREATE OR REPLACE MACRO tidemark_dow(t) AS 0; UPDATE tidemark_internal.meta SET value = 'of before' WHERE key = 'macros'",
  );
  await using engine = await open(directory);
  const { signal } = new AbortController();
  const { rows } = await engine.query("SELECT DAYOFWEEK(DATE '2026-11-27')", { signal });
  for await (const piece of rows) expect(piece).toEqual([[6n]]);
});

test("storage of a version that kept no rejects keeps its rows, and counts rejects from now on", async () => {
  const directory = await temporaryDirectory();
  {
    await using engine = await open(directory);
    await engine.commit(step({ rows: [[1n, 7]] }));
  }
  const instance = await DuckDBInstance.create(join(directory, "engine", "engine.duckdb"));
  const connection = await instance.connect();
  await connection.run("DROP TABLE tidemark_rejected; DROP TABLE tidemark_internal.rejects");
  connection.closeSync();
  instance.closeSync();
  await using engine = await open(directory);
  expect(engine.recovered).toMatchObject({ step: 1n, rejects: [] });
  const { signal } = new AbortController();
  const rows: unknown[] = [];
  const read = async (sql: string): Promise<void> => {
    for await (const piece of (await engine.query(sql, { signal })).rows) rows.push(...piece);
  };
  await read("SELECT i FROM t");
  await read("SELECT connector FROM tidemark_rejected");
  expect(rows).toEqual([[7]]);
});
