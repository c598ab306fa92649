import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { fileCell, makeDurableDirectory, writeDurably } from "./durable-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a cell reads what was last written, and nothing before", async () => {
  const cell = fileCell(join(folder, "deep", "cells"), "one");
  expect(await cell.read()).toBeUndefined();
  await cell.write("first");
  await cell.write("second");
  expect(await cell.read()).toBe("second");
  expect(await readdir(join(folder, "deep", "cells"))).toEqual(["one"]);
});

test("a write that fails leaves the old text and no draft", async () => {
  const path = join(folder, "taken");
  await makeDurableDirectory(join(path, "inside"));
  await expect(writeDurably(path, "text")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(await readdir(folder)).toEqual(["taken"]);
});

test("folders are made for this user alone", async () => {
  await makeDurableDirectory(join(folder, "a", "b"));
  const { mode } = await stat(join(folder, "a"));
  expect(mode & 0o777).toBe(0o700);
});
