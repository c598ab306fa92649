/** The data folder: made when it is not there, and held by one process at a time. */

import { readFileSync } from "node:fs";
import { access, constants, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { z } from "zod";

import { ConfigurationError } from "./config.ts";
import { makeDurableDirectory } from "./durable-file.ts";

const Owner = z.object({ pid: z.number(), since: z.string() });

/**
 * Makes the folder if need be and takes it for this process until it is disposed. Throws
 * `ConfigurationError` where it can't be used, naming the process that has it where one has.
 */
export async function openDataDirectory(directory: string): Promise<Disposable> {
  try {
    await makeDurableDirectory(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`data folder '${directory}' can't be used: ${why}`, { cause });
  }
  return lock(directory);
}

/** The lock is SQLite's on an empty database: the system lets go of it when the process dies. */
async function lock(directory: string): Promise<Disposable> {
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
