/** Outputs: one that is paused holds claims, over every face. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { deployed, start, stop, until } from "./api-pipeline.ts";

/** What an output does not take is not complete. */
export function outputCases(face: () => ApiFace): void {
  test("V6: a paused output holds claims, also after a restart, and goes on where it stopped", async () => {
    await using folder = await emptyFolder();
    const path = join(folder.path, "out.csv");
    await using pipeline = await deployed(face(), writesTo(path));
    const { name } = pipeline;
    const address = { pipeline: name, view: "V", connector: "out" };
    await push(face(), name, "1\n");
    for (const _ of [1, 2]) valueOf(await face().pauseOutput(address));
    const token = await push(face(), name, "2\n");
    const held = { status: "inprogress", reasons: ["connector-paused"] };
    expect(valueOf(await face().check(name, token))).toMatchObject(held);
    await stop(face(), name, false);
    await start(face(), name);
    expect(valueOf(await face().check(name, token))).toMatchObject(held);
    const later = await push(face(), name, "3\n");
    expect(await readFile(path, "utf8")).toBe("1,1\n");

    const wait = face().wait(name, token, 60);
    valueOf(await face().startOutput(address));
    expect(valueOf(await wait).status).toBe("complete");
    expect(valueOf(await face().wait(name, later, 60)).status).toBe("complete");
    expect(await readFile(path, "utf8")).toBe("1,1\n2,1\n3,1\n");
  });

  test("V4: an output that lacks changes can't be removed, and its tokens stay as they were", async () => {
    await using folder = await emptyFolder();
    const path = join(folder.path, "out.csv");
    await using pipeline = await deployed(face(), writesTo(path));
    const { name } = pipeline;
    valueOf(await face().pauseOutput({ pipeline: name, view: "v", connector: "out" }));
    const token = await push(face(), name, "1\n");
    // The second run takes nothing in, so none of its inputs shows that anything waits.
    for (const _ of ["first", "second"]) {
      await stop(face(), name, false);
      const removed = errorOf(await face().edit(name, NO_OUTPUT));
      expect(removed.reason).toBe("EditRestrictedToClearedStorage");
      expect(removed.message).toContain("its outputs lack changes");
      await start(face(), name);
      expect(valueOf(await face().check(name, token)).status).toBe("inprogress");
    }
    await stop(face(), name, false);
    const started = writesTo(path).replace('"name":"out"', '"name":"out","labels":["late"]');
    valueOf(await face().edit(name, started));
    await until(face(), name, ({ programStatus }) => programStatus === "Success");
    await start(face(), name);
    valueOf(await face().startOutput({ pipeline: name, view: "v", connector: "out" }));
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    await stop(face(), name, false);
    valueOf(await face().edit(name, NO_OUTPUT));
  });
}

const NO_OUTPUT =
  "CREATE TABLE t (id INT NOT NULL PRIMARY KEY); CREATE VIEW v AS SELECT id FROM t;";

/** Pushes rows and answers their token once they are committed. */
async function push(face: ApiFace, pipeline: string, body: string): Promise<string> {
  const pushing = face.push({ pipeline, table: "t", format: "csv", body, durable: true });
  return valueOf(await pushing).token;
}

function writesTo(path: string): string {
  const connector = {
    name: "out",
    transport: { name: "file_output", config: { path } },
    format: { name: "csv" },
  };
  const text = JSON.stringify([connector]).replaceAll("'", "''");
  return `CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
    CREATE VIEW v WITH ('connectors' = '${text}') AS SELECT id FROM t;`;
}

async function emptyFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tidemark-api-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
