/** What the reader of an output file ends up with. */

/** Replays insert and delete events; answers the rows that are left, sorted. Throws for a delete of nothing. */
export function replayed(text: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [[event, row] = []] = Object.entries<unknown>(JSON.parse(line));
    const key = JSON.stringify(row);
    const count = (counts.get(key) ?? 0) + (event === "insert" ? 1 : -1);
    if (count < 0) throw new Error(`the output takes away ${key}, which is not there`);
    counts.set(key, count);
  }
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, () => key)).toSorted();
}
