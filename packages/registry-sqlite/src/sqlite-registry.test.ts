import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { registrySuite } from "@tidemark/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";

import { openSqliteRegistry } from "./sqlite-registry.ts";
import { aRecord } from "./testing/a-record.ts";

let directory = "";
let files = 0;
const newPath = (): string => join(directory, `registry-${(files += 1)}.sqlite`);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-registry-"));
});
afterAll(() => rm(directory, { recursive: true }));

registrySuite("sqlite", async () => {
  const path = newPath();
  return { open: () => openSqliteRegistry(path) };
});

test("what a write has answered survives the process being killed", async () => {
  const path = newPath();
  const writer = fork(new URL("./testing/writer.ts", import.meta.url), [path], {
    execArgv: ["--conditions=@tidemark/source", "--disable-warning=ExperimentalWarning"],
  });
  let durable = 0;
  for (let acknowledged = 0; acknowledged < 50; acknowledged += 1) {
    const [version]: unknown[] = await once(writer, "message");
    durable = Number(version);
  }
  writer.kill("SIGKILL");
  writer.on("message", (version) => {
    durable = Number(version);
  });
  await once(writer, "close");
  await using registry = await openSqliteRegistry(path);
  const record = await registry.find("default", "p");
  expect(record?.refreshVersion).toBeGreaterThanOrEqual(durable);
  expect(record?.description).toBe(`version ${record?.refreshVersion}`);
});

test("a file that is no database is refused by name", async () => {
  const path = newPath();
  await writeFile(
    path,
    "this is a text file, and a rather long one, so that it has a whole header".repeat(20),
  );
  await expect(openSqliteRegistry(path)).rejects.toThrow(
    `'${path}' is not a registry: it is no SQLite database`,
  );
});

test("a file of a newer version is refused and left as it is", async () => {
  const path = newPath();
  await (await openSqliteRegistry(path))[Symbol.asyncDispose]();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  await expect(openSqliteRegistry(path)).rejects.toThrow(
    /has schema version 99, and this program/u,
  );
  const again = new DatabaseSync(path);
  expect(again.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
  again.close();
});

test("another program's database is refused and left as it is", async () => {
  const path = newPath();
  const db = new DatabaseSync(path);
  db.exec("CREATE TABLE theirs (a)");
  db.close();
  await expect(openSqliteRegistry(path)).rejects.toThrow(/is another program's database/u);
});

test("a registry belongs to one process at a time", async () => {
  const path = newPath();
  await using first = await openSqliteRegistry(path);
  expect(await first.listAll()).toEqual([]);
  await expect(openSqliteRegistry(path)).rejects.toThrow(
    `registry '${path}' is in use by another process`,
  );
});

test("a directory that isn't there is told of", async () => {
  const path = join(directory, "nowhere", "registry.sqlite");
  await expect(openSqliteRegistry(path)).rejects.toThrow(/is its directory there and writable\?/u);
});

test("a damaged record is told of by its field", async () => {
  const path = newPath();
  {
    await using registry = await openSqliteRegistry(path);
    await registry.insert(aRecord("p", 1));
  }
  const db = new DatabaseSync(path);
  db.exec("UPDATE pipeline SET document = json_set(document, '$.resourcesStatus', 'Flying')");
  db.close();
  await using registry = await openSqliteRegistry(path);
  await expect(registry.listAll()).rejects.toThrow(/^record\.resourcesStatus is not Stopped or /u);
});
