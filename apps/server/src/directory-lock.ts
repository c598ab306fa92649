/** The lock on a data folder: held by one process, and let go by the system when that process dies. */

import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { z } from "zod";

import { ConfigurationError } from "./config.ts";

const Owner = z.object({ pid: z.number(), since: z.string() });

/** The lock, held until it is disposed. */
export interface DirectoryLock {
  [Symbol.dispose](): void;
}

/**
 * Takes the folder for this process; throws `ConfigurationError` naming the one that has it. The
 * lock is SQLite's lock on an empty database, which no crash leaves behind.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const ownerFile = join(directory, "owner.json");
  const database = new DatabaseSync(join(directory, "lock.sqlite"));
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new ConfigurationError(
      `data folder '${directory}' is in use by ${ownerIn(ownerFile)}: stop that server, or choose another folder with --data-dir`,
      { cause },
    );
  }
  await writeFile(ownerFile, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
  return { [Symbol.dispose]: () => database.close() };
}

function ownerIn(file: string): string {
  try {
    const { pid, since } = Owner.parse(JSON.parse(readFileSync(file, "utf8")));
    return `process ${pid} (since ${since})`;
  } catch {
    return "another process";
  }
}
