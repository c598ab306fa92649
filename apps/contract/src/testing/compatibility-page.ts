/** The page of what is compatible, whose tables the tests hold against the code. */

import { readFile } from "node:fs/promises";

/** The cells of each row, code marks taken off. */
export type Rows = readonly (readonly string[])[];

/** The rows of the table below a heading of `docs/compatibility.md`. */
export async function tableUnder(heading: string): Promise<Rows> {
  const page = new URL("../../../../docs/compatibility.md", import.meta.url);
  const [, below] = (await readFile(page, "utf8")).split(`\n## ${heading}\n`);
  if (below === undefined) throw new RangeError(`the page has no heading '${heading}'`);
  const [section = ""] = below.split("\n## ");
  const lines = section.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => line.split("|").slice(1, -1).map(bare));
}

/** The first cells of a table, sorted. */
export async function firstCells(heading: string): Promise<readonly string[]> {
  return (await tableUnder(heading)).map(([first = ""]) => first).toSorted();
}

function bare(cell: string): string {
  return cell.trim().replace(/^`(.*)`$/u, "$1");
}
