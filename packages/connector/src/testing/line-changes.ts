/** Line changes: what lines of tests ask of their table. */

import { type Changes, type Operation } from "../value.ts";

/** One row of one text per line; `~` is a truncate. */
export function lineChanges(lines: readonly string[]): Changes {
  const rows = lines.map((line) => (line === "~" ? [] : [line]));
  if (!lines.includes("~")) return { rows };
  return {
    rows,
    operations: lines.map((line): Operation => (line === "~" ? "truncate" : "insert")),
  };
}
