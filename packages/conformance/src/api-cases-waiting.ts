/** Waiting: what holds a token up is said, a deadline is kept, and progress wakes. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { type ApiFace, valueOf } from "./api-face.ts";
import { deployed } from "./api-pipeline.ts";

/** Every wait ends, and says what it ended with. */
export function waitingCases(face: () => ApiFace): void {
  test("a token of a paused connector is in progress and says why; starting it wakes who waits", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    expect(valueOf(await face().input(address))).toMatchObject({ paused: true, totalRecords: 0 });
    const token = valueOf(await face().token(address, "head"));
    const open = {
      status: "inprogress",
      step: undefined,
      remaining: expect.any(Number),
      reasons: expect.arrayContaining(["connector-paused"]),
    };
    expect(valueOf(await face().check(name, token))).toEqual(open);
    expect(valueOf(await face().wait(name, token, 0))).toEqual(open);
    expect(valueOf(await face().wait(name, token, 1))).toEqual(open);

    const waits = [1, 2, 3].map(() => face().wait(name, token, 60));
    valueOf(await face().startConnector(address));
    const ended = await Promise.all(waits);
    expect(ended.map((outcome) => valueOf(outcome).status)).toEqual(
      Array.from({ length: 3 }, () => "complete"),
    );
    expect(valueOf(await face().query(name, "SELECT COUNT(*) AS n FROM lines"))).toEqual([
      { n: 3 },
    ]);
  });

  test("a connector is paused and started as often as asked", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const address = { pipeline: pipeline.name, table: "LINES", connector: "file" };
    for (const _ of [1, 2]) valueOf(await face().startConnector(address));
    expect(valueOf(await face().input(address)).paused).toBe(false);
    for (const _ of [1, 2]) valueOf(await face().pauseConnector(address));
    expect(valueOf(await face().input(address)).paused).toBe(true);
  });

  test("stopping the pipeline ends every wait", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const token = valueOf(await face().token(address, "head"));
    const waits = [1, 2].map(() => face().wait(name, token, 60));
    // The check comes back only after the waits have been taken up.
    valueOf(await face().check(name, token));
    valueOf(await face().stop(name, { force: true }));
    const ended = await Promise.all(waits);
    expect(ended.map(({ kind }) => kind)).toEqual(["error", "error"]);
  });
}

function readsPaused(path: string): string {
  const connector = {
    name: "file",
    paused: true,
    transport: { name: "file_input", config: { path } },
    format: { name: "json", config: { update_format: "raw" } },
  };
  const text = JSON.stringify([connector]).replaceAll("'", "''");
  return `CREATE TABLE lines (n INT NOT NULL PRIMARY KEY) WITH ('connectors' = '${text}');`;
}

async function threeLines(): Promise<{ readonly path: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-api-"));
  const path = join(directory, "lines.json");
  await writeFile(path, '{"n":1}\n{"n":2}\n{"n":3}\n');
  return {
    path,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
