import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { ConfigurationError } from "./config.ts";
import { openKeys } from "./keys.ts";

const BODY = new TextEncoder().encode("a body");
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a key is created once, for this user alone, and found again", async () => {
  const { sealer: first, created } = await openKeys(folder, undefined);
  const { sealer: again, created: createdAgain } = await openKeys(folder, undefined);
  expect([created, createdAgain]).toEqual([true, false]);
  const { mode } = await stat(join(folder, "keys.json"));
  expect(mode & 0o777).toBe(0o600);
  expect(again.currentKeyId).toBe(first.currentKeyId);
  expect(again.mac(first.currentKeyId, BODY)).toEqual(first.mac(first.currentKeyId, BODY));
});

test("two folders have different keys", async () => {
  const other = await mkdtemp(join(folder, "other-"));
  const { sealer: mine } = await openKeys(folder, undefined);
  const { sealer: theirs } = await openKeys(other, undefined);
  expect(mine.mac(1, BODY)).not.toEqual(theirs.mac(1, BODY));
});

test("a mac is the first 16 bytes of HMAC-SHA-256, by the key that is named", async () => {
  const path = join(folder, "shared.json");
  const keys = { "3": "11".repeat(32), "200": "22".repeat(32) };
  await writeFile(path, JSON.stringify({ current: 200, keys }));
  const { sealer } = await openKeys(folder, path);
  const expected = createHmac("sha256", Buffer.from("11".repeat(32), "hex"))
    .update(BODY)
    .digest();
  expect(sealer.currentKeyId).toBe(200);
  expect(sealer.mac(3, BODY)).toEqual(expected.subarray(0, 16));
  expect(sealer.mac(4, BODY)).toBeUndefined();
});

test.each([
  ["{}"],
  ["not json 1122"],
  ['{"current": 1, "keys": {}}'],
  [`{"current": 2, "keys": {"1": "${"11".repeat(32)}"}}`],
  [`{"current": 256, "keys": {"256": "${"11".repeat(32)}"}}`],
  [`{"current": 1, "keys": {"1": "${"11".repeat(16)}"}}`],
])("a keys file that holds %s is refused without quoting it", async (text) => {
  const path = join(folder, "keys.json");
  await writeFile(path, text);
  const opening = openKeys(folder, undefined);
  await expect(opening).rejects.toThrow(ConfigurationError);
  await expect(opening).rejects.not.toThrow(/1122|1111/);
  expect(await readFile(path, "utf8")).toBe(text);
});

test("a keys file that is not there is refused, and not created", async () => {
  const path = join(folder, "none.json");
  await expect(openKeys(folder, path)).rejects.toThrow(/none\.json' is not there/);
  await expect(stat(path)).rejects.toThrow(/ENOENT/);
});
