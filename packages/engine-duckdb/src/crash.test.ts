import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { type Engine } from "@tidemark/connector";
import { connectorId, frontier } from "@tidemark/core";
import { expect, test } from "vitest";

import { CRASH_PROGRAM } from "./testing/crash-program.ts";
import { duckdbEngines } from "./index.ts";

const CHILD = fileURLToPath(new URL("./testing/commit-until-killed.ts", import.meta.url));

test("after a kill in the middle of commits, what is stored is exactly what its frontier says", async () => {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-crash-"));
  const factory = duckdbEngines();
  let last = 0n;
  for (const steps of [1, 3, 17, 30, 2, 60]) {
    const told = await commitUntil(directory, steps);
    await using engine = await factory.open({ directory, program: CRASH_PROGRAM });
    const { step } = engine.recovered;
    expect(step).toBeGreaterThanOrEqual(told);
    expect(told).toBeGreaterThan(last);
    await expectExactly(engine, step);
    last = step;
  }
  await rm(directory, { recursive: true });
}, 60_000);

test("an engine that another process has open is refused with a clear error", async () => {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-crash-"));
  const child = spawnChild(directory);
  await once(createInterface(child.stdout), "line");
  await expect(duckdbEngines().open({ directory, program: CRASH_PROGRAM })).rejects.toThrow(
    "the storage is in use by another process",
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  await rm(directory, { recursive: true });
}, 30_000);

/** Answers the last step that the child said was durable before it was killed. */
async function commitUntil(directory: string, steps: number): Promise<bigint> {
  const child = spawnChild(directory);
  const exited = once(child, "exit");
  let told = 0n;
  let count = 0;
  for await (const line of createInterface(child.stdout)) {
    told = BigInt(line);
    count += 1;
    if (count === steps) child.kill("SIGKILL");
  }
  await exited;
  return told;
}

function spawnChild(directory: string) {
  return spawn(execPath, ["--conditions=@tidemark/source", CHILD, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function expectExactly(engine: Engine, step: bigint): Promise<void> {
  const progress = engine.recovered.progress.get(connectorId("c"));
  expect(progress?.frontier).toEqual(frontier([["p", step]]));
  expect(
    await firstRow(engine, "SELECT COUNT(*), COUNT(DISTINCT (step, i)), MAX(step) FROM t"),
  ).toEqual([step * 3n, step * 3n, step]);
  const keys = step < 7n ? step : 7n;
  expect(await firstRow(engine, "SELECT COUNT(*), COUNT(DISTINCT id), MAX(step) FROM k")).toEqual([
    keys,
    keys,
    step,
  ]);
  for (const { step: at } of engine.recovered.undelivered.slice(1)) {
    expect(await allChanges(engine, "doubled", at)).toEqual([[1, at * 2n]]);
    expect(await allChanges(engine, "totals", at)).toEqual([
      [-1, (at - 1n) * 3n, at - 1n],
      [1, at * 3n, at],
    ]);
  }
}

async function firstRow(engine: Engine, sql: string): Promise<unknown> {
  const { rows } = await engine.query(sql, { signal: new AbortController().signal });
  for await (const [row] of rows) return row;
  return undefined;
}

async function allChanges(engine: Engine, view: string, step: bigint): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const piece of engine.changes(view, step)) {
    all.push(...piece.map(({ weight, row }) => [weight, ...row]));
  }
  return all;
}
