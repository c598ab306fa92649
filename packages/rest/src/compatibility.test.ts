import { readFile } from "node:fs/promises";

import { isReason } from "@tidemark/service";
import { expect, test } from "vitest";

import { NOT_OFFERED } from "./not-offered.ts";

const page = await readFile(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");

/** The first two cells of each row of the table below a heading. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gmu)];
  return rows.map(([, first = "", second = ""]) => [first, second]);
}

test("the page lists what is not offered, with what to do instead", () => {
  const listed = NOT_OFFERED.map(({ method, path, instead = "the paid edition only" }) => [
    `${method} ${path.replaceAll(/:(\w+)/gu, "{$1}")}`,
    instead,
  ]);
  expect(rowsUnder("Other operations of the original")).toEqual(listed);
});

test("errors that do not occur are no reasons of ours", () => {
  const rows = rowsUnder("Errors that do not occur");
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter(([name = ""]) => isReason(name))).toEqual([]);
});
