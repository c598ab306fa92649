/** A process of its own that cleans up what its starter guards, as soon as that one is gone. */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

import { killTree } from "./process-tree.ts";

const processes = new Set<number>();
const folders = new Set<string>();

// A terminal sends these to the whole group; only the end of the input ends the guard.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const [order, subject = ""] = line.split(/ (.*)/s);
  if (order === "process") processes.add(Number(subject));
  if (order === "ended") processes.delete(Number(subject));
  if (order === "folder") folders.add(subject);
  if (order === "removed") folders.delete(subject);
}
await Promise.all([...processes].map(killTree));
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
