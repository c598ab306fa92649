/** Rejects: a verdict says how many records were rejected, on every face and after a restart. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { deployed, start, stop } from "./api-pipeline.ts";

const LINES = [{ id: 1, label: "a" }, { id: "x", label: "b" }, { id: 3 }];
const BODY = LINES.map((line) => JSON.stringify({ insert: line })).join("\n");

/** What becomes of rejected records. */
export function rejectCases(face: () => ApiFace): void {
  test("V1: a complete token says what was rejected, and no more than what it is about", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const push = { pipeline: name, table: "numbers", format: "json" };
    const token = errorOf(await face().ingest({ ...push, body: BODY })).details["token"] ?? "";
    const clean = valueOf(
      await face().ingest({ ...push, body: '{"insert":{"id":9,"label":"c"}}' }),
    );
    const status = valueOf(await face().wait(name, token, 60));
    expect(status).toMatchObject({
      status: "complete",
      rejected: 2,
      rejections: [
        { error: expect.stringContaining("id"), field: "id", record: expect.stringContaining("x") },
        { error: expect.stringContaining("label"), field: "label" },
      ],
    });
    expect(valueOf(await face().wait(name, clean, 60))).toMatchObject({
      status: "complete",
      rejected: 0,
      rejections: [],
    });
    const joined = valueOf(await face().join(name, [clean, token]));
    expect(valueOf(await face().check(name, joined))).toMatchObject({ rejected: 2 });
    const sql = "SELECT number, field FROM tidemark_rejected ORDER BY number";
    expect(valueOf(await face().query(name, sql))).toEqual([
      { number: 1, field: "id" },
      { number: 2, field: "label" },
    ]);
    await stop(face(), name, true);
    await start(face(), name);
    expect(valueOf(await face().check(name, token))).toEqual({
      ...status,
      step: expect.any(Number),
    });
  }, 120_000);

  test("the relation of rejects is listened to, and takes no pushes", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const request = { pipeline: name, relation: "tidemark_rejected", format: "json" };
    await using changes = valueOf(await face().subscribe({ ...request, sendSnapshot: true }));
    const push = { pipeline: name, format: "json", body: BODY };
    errorOf(await face().ingest({ ...push, table: "numbers" }));
    const seen: unknown[] = [];
    while (seen.length < 2) {
      const chunk = await changes.next();
      if (chunk === undefined) throw new TypeError("the stream has ended");
      if (Array.isArray(chunk.data)) seen.push(...chunk.data);
    }
    expect(seen).toMatchObject([{ insert: { field: "id" } }, { insert: { field: "label" } }]);
    const refused = errorOf(await face().ingest({ ...push, table: "tidemark_rejected" }));
    expect(refused.reason).toBe("ConfigError.UnknownInputStream");
  });

  test("an input that stops at rejects keeps its tokens pending until they are skipped", async () => {
    await using file = await badLine();
    await using pipeline = await deployed(face(), stopping(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const token = valueOf(await face().token(address, "head"));
    expect(valueOf(await face().wait(name, token, 1))).toMatchObject({
      status: "inprogress",
      reasons: ["connector-rejected"],
    });
    valueOf(await face().startConnector(address));
    expect(valueOf(await face().check(name, token)).status).toBe("inprogress");
    valueOf(await face().startConnector(address, { skipRejected: true }));
    expect(valueOf(await face().wait(name, token, 60))).toMatchObject({
      status: "complete",
      rejected: 1,
      rejections: [{ connector: "lines.file", field: "n" }],
    });
    expect(valueOf(await face().query(name, "SELECT n FROM lines ORDER BY n"))).toEqual([
      { n: 1 },
      { n: 3 },
    ]);
  }, 120_000);
}

function stopping(path: string): string {
  const connector = {
    name: "file",
    on_reject: "stop",
    transport: { name: "file_input", config: { path, follow: true } },
    format: { name: "json", config: { update_format: "raw" } },
  };
  const text = JSON.stringify([connector]).replaceAll("'", "''");
  return `CREATE TABLE lines (n INT NOT NULL PRIMARY KEY) WITH ('connectors' = '${text}');`;
}

async function badLine(): Promise<{ readonly path: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-api-"));
  const path = join(directory, "lines.json");
  await writeFile(path, '{"n":1}\n{"n":"x"}\n{"n":3}\n');
  return {
    path,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
