/** The database: one file per directory, opened by one engine at a time. */

import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

import { databaseMessage } from "./database-message.ts";

/** How much of the machine one database may use. */
export interface DatabaseLimits {
  /** As DuckDB spells it, for example `512MB`. */
  readonly memory?: string;
  /** How many threads run one statement. */
  readonly threads?: number;
}

/** An open database. */
export interface Database extends AsyncDisposable {
  readonly instance: DuckDBInstance;
  /** The one connection that writes. */
  readonly writer: DuckDBConnection;
  /** Where its files are. */
  readonly folder: string;
  storageBytes(): Promise<number>;
}

/** The database has a folder to itself, so that one rename takes all its files away at once. */
const FOLDER = "engine";
const FILE = "engine.duckdb";
const CLEARED = "engine-cleared";

/**
 * The files that are open in this process. It is kept for the whole process because two instances on
 * one file lose rows, and DuckDB's own lock only keeps other processes out.
 */
const openFiles = new Set<string>();

/** Opens or creates the database in a directory; throws while another engine has it. */
export async function openDatabase(directory: string, limits: DatabaseLimits): Promise<Database> {
  const path = await claimFile(directory);
  try {
    const instance = await createInstance(path, limits);
    const writer = await instance.connect();
    await writer.run("SET lock_configuration = true");
    return {
      instance,
      writer,
      folder: dirname(path),
      storageBytes: () => bytesOf(dirname(path)),
      [Symbol.asyncDispose]: async () => {
        try {
          await close(writer, instance);
        } finally {
          openFiles.delete(path);
        }
      },
    };
  } catch (fault) {
    openFiles.delete(path);
    throw openError(directory, fault);
  }
}

/** A database that is in memory only, with the same rules. */
export async function scratchDatabase(): Promise<DuckDBInstance> {
  return createInstance(":memory:", { threads: 1 });
}

/** Removes the database in a directory durably; throws while an engine has it open. */
export async function removeDatabase(directory: string): Promise<void> {
  const parent = await realpath(directory).catch(() => directory);
  const folder = join(parent, FOLDER);
  const cleared = join(parent, CLEARED);
  if (openFiles.has(join(folder, FILE))) {
    throw new Error("the storage is in use by an engine of this process");
  }
  await rm(cleared, { force: true, recursive: true });
  await rename(folder, cleared).catch(unlessMissing);
  await syncDirectory(parent);
  await rm(cleared, { force: true, recursive: true });
  await syncDirectory(parent);
}

/** Makes the names in a directory durable; also when there is no such directory. */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    await using handle = await open(directory, "r");
    await handle.sync();
  } catch (fault) {
    unlessMissing(fault);
  }
}

async function claimFile(directory: string): Promise<string> {
  await mkdir(join(directory, FOLDER), { recursive: true });
  const path = join(await realpath(join(directory, FOLDER)), FILE);
  if (openFiles.has(path)) {
    throw new Error("the storage is already open by another engine of this process");
  }
  openFiles.add(path);
  return path;
}

async function createInstance(path: string, limits: DatabaseLimits): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, {
    enable_external_access: "false",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    // Macros of typed parameters and columns of type VARIANT can't be stored in older files.
    storage_compatibility_version: "v1.5.0",
    // As in standard SQL, dividing integers gives an integer.
    integer_division: "true",
    ...(limits.memory === undefined ? {} : { memory_limit: limits.memory }),
    ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
  });
}

async function close(writer: DuckDBConnection, instance: DuckDBInstance): Promise<void> {
  try {
    await writer.run("CHECKPOINT");
  } catch {
    // What is committed is durable in the log; the next open reads it from there.
  }
  writer.closeSync();
  instance.closeSync();
}

async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return sizes.reduce((total, size) => total + size, 0);
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : 0;
  } catch (fault) {
    unlessMissing(fault);
    return 0;
  }
}

function unlessMissing(fault: unknown): void {
  if (!isMissing(fault)) throw fault;
}

function isMissing(fault: unknown): boolean {
  return fault instanceof Error && "code" in fault && fault.code === "ENOENT";
}

function openError(directory: string, fault: unknown): Error {
  const message = fault instanceof Error ? fault.message : "";
  return message.includes("Could not set lock")
    ? new Error("the storage is in use by another process", { cause: fault })
    : new Error(`the storage can't be opened: ${databaseMessage(fault)}`, {
        cause: { directory, fault },
      });
}
