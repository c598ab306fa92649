/** What the demo remembers from one run to the next: the tokens it was given. */

import { readFile, rename, writeFile } from "node:fs/promises";

/** Tokens of an earlier run, by what they stand for. */
export interface DemoMemory {
  /** Everything in the file. */
  readonly file?: string;
  /** What was pushed over HTTP. */
  readonly pushed?: string;
}

/** Reads it; empty where there is none, or where it can't be read. */
export async function remembered(path: string): Promise<DemoMemory> {
  try {
    const memory: unknown = JSON.parse(await readFile(path, "utf8"));
    const fields = typeof memory === "object" && memory !== null ? Object.entries(memory) : [];
    return Object.fromEntries(fields.filter(([, value]) => typeof value === "string"));
  } catch {
    return {};
  }
}

/** Keeps it. */
export async function remember(path: string, memory: DemoMemory): Promise<void> {
  await writeFile(`${path}.draft`, `${JSON.stringify(memory, undefined, 2)}\n`);
  await rename(`${path}.draft`, path);
}
