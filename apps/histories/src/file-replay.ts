/** What the reader of an output file ends up with. */

import { readFile } from "node:fs/promises";

/** The rows that are left of insert and delete events, sorted; throws for a delete of nothing. */
export async function replayedFile(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8");
  return replayed(text.slice(0, text.lastIndexOf("\n") + 1).split("\n"));
}

/** The same of events in their order, each as JSON. */
export function replayed(events: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event === "") continue;
    const [[kind, row] = []] = Object.entries<unknown>(JSON.parse(event));
    const key = JSON.stringify(row);
    const count = (counts.get(key) ?? 0) + (kind === "insert" ? 1 : -1);
    if (count < 0) throw new Error(`an output takes away ${key}, which is not there`);
    counts.set(key, count);
  }
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, () => key)).toSorted();
}
