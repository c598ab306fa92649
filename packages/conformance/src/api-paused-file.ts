/** A file that a paused connector holds back: input that is there and not taken in. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program whose one connector is paused and would read the file. */
export function readsPaused(path: string): string {
  const connector = {
    name: "file",
    paused: true,
    transport: { name: "file_input", config: { path } },
    format: { name: "json", config: { update_format: "raw" } },
  };
  const text = JSON.stringify([connector]).replaceAll("'", "''");
  return `CREATE TABLE lines (n INT NOT NULL PRIMARY KEY) WITH ('connectors' = '${text}');`;
}

/** A file of three records; disposing it removes it. */
export async function threeLines(): Promise<{ readonly path: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-api-"));
  const path = join(directory, "lines.json");
  await writeFile(path, '{"n":1}\n{"n":2}\n{"n":3}\n');
  return {
    path,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
