/** Starting and idling with many pipelines, against a server that has none. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type MeasuredServer, startMeasured } from "./measured-server.ts";
import { create, start, untilRunning } from "./pipelines.ts";
import { median, type Row, sideBySide } from "./row.ts";

const DEFINED = 200;
const RUNNING = 20;
const ROUNDS = 3;
const IDLE_MS = 5000;
const PROGRAM = `
CREATE TABLE ticks (n BIGINT NOT NULL PRIMARY KEY) WITH (
  'connectors' = '[{"name": "rows", "transport": {"name": "datagen", "config": {"plan": [{"limit": 5}]}}}]'
);
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM ticks;`;

/** The time to serve with everything running, what idling costs, and the time of one new pipeline. */
export async function measureStarting(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  const empty = join(folder, "empty");
  const full = join(folder, "full");
  try {
    await fill(full);
    const started = await sideBySide(
      ROUNDS,
      () => startTime(full, RUNNING),
      () => startTime(empty, 0),
    );
    const idle = await sideBySide(
      1,
      () => idlePercent(full, RUNNING),
      () => idlePercent(empty, 0),
    );
    return [
      {
        name: `start with ${DEFINED} pipelines until ${RUNNING} run`,
        ours: seconds(started.ours),
        reference: `${seconds(started.reference)} (a server without pipelines)`,
        ratio: started.ours / started.reference,
        aim: "under 5 s",
      },
      {
        name: `idle with ${DEFINED} pipelines, ${RUNNING} of them running`,
        ours: `${idle.ours.toFixed(2)} % of a core`,
        reference: `${idle.reference.toFixed(2)} % (a server without pipelines)`,
        ratio: idle.ours / 2,
        aim: "under 2 %, so a ratio under 1",
      },
      await measureOne(empty),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fill(folder: string): Promise<void> {
  await using server = await startMeasured("serve-folder.ts", folder);
  const port = portOf(server);
  for (let i = 0; i < DEFINED; i += 1) await create(port, `p${i}`, PROGRAM);
  for (let i = 0; i < RUNNING; i += 1) await start(port, `p${i}`);
  await untilRunning(port, RUNNING);
}

async function startTime(folder: string, running: number): Promise<number> {
  const began = performance.now();
  await using server = await startMeasured("serve-folder.ts", folder);
  await untilRunning(portOf(server), running);
  return performance.now() - began;
}

async function idlePercent(folder: string, running: number): Promise<number> {
  await using server = await startMeasured("serve-folder.ts", folder);
  await untilRunning(portOf(server), running);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = await server.cpuMicroseconds();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  return ((await server.cpuMicroseconds()) - before) / (IDLE_MS * 10);
}

/** One new pipeline after the other, from being created until it runs. */
async function measureOne(folder: string): Promise<Row> {
  await using server = await startMeasured("serve-folder.ts", folder);
  const port = portOf(server);
  const times: number[] = [];
  for (let i = 1; i <= 9; i += 1) {
    const began = performance.now();
    await create(port, `p${i}`, PROGRAM);
    await start(port, `p${i}`);
    await untilRunning(port, i);
    times.push(performance.now() - began);
  }
  const ours = median(times);
  return {
    name: "a new pipeline, from POST until it runs",
    ours: `${ours.toFixed(0)} ms`,
    reference: "1,000 ms",
    ratio: ours / 1000,
    aim: "under a second, so a ratio under 1",
  };
}

function portOf(server: MeasuredServer): number {
  return server.ports["http"] ?? 0;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
