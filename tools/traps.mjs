// Holds docs/connectors/traps.md against the tests: which files have tests that begin with a row's id.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

import { root } from "./run.mjs";

const PAGE = "docs/connectors/traps.md";
const ROW = /^\| ([A-Z]\d+) +\|/;
const REASON = "not: ";

/** The files whose tests begin with an id, by the id. Laws of core, which begin with L, are its own. */
function filesById() {
  const files = new Map();
  const sources = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], { cwd: root });
  for (const file of sources.toSorted()) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, id] of text.matchAll(/["'`]([A-KM-Z]\d{1,2}): /g)) {
      files.set(id, (files.get(id) ?? new Set()).add(file));
    }
  }
  return files;
}

function links(files) {
  return [...files]
    .map((file) => `[${basename(file)}](${relative(dirname(PAGE), file)})`)
    .join(", ");
}

/** The page with a last column that says what is so, and what is wrong with its rows. */
function asHeld(text) {
  const files = filesById();
  const faults = [];
  const seen = new Set();
  const lines = text.split("\n").map((line) => {
    const id = ROW.exec(line)?.[1];
    if (id === undefined) return line;
    const cells = line.split("|").slice(1, -1);
    if (seen.has(id)) faults.push(`${PAGE}: ${id} stands twice`);
    seen.add(id);
    const held = files.get(id);
    if (held === undefined && !cells.at(-1).trim().startsWith(REASON)) {
      faults.push(`${PAGE}: no test begins with '${id}: ', and no reason is given ('${REASON}…')`);
    }
    const cell = held === undefined ? cells.at(-1).trim() : links(held);
    return `| ${[...cells.slice(0, -1).map((each) => each.trim()), cell].join(" | ")} |`;
  });
  for (const id of files.keys()) {
    if (!seen.has(id)) faults.push(`${PAGE}: tests begin with '${id}: ', which has no row`);
  }
  return { text: lines.join("\n"), faults };
}

/** Text without what only aligns its tables. */
function cellsOf(text) {
  return text.replaceAll(/ *\| */g, "|").replaceAll(/-{3,}/g, "---");
}

/** What the page says that is not so; with `write`, the page is written as it is. */
export function trapFaults({ write }) {
  const file = join(root, PAGE);
  const text = readFileSync(file, "utf8");
  const held = asHeld(text);
  const differs = cellsOf(held.text) !== cellsOf(text);
  if (differs && write) writeFileSync(file, held.text);
  if (!differs || write) return held.faults;
  return [...held.faults, `${PAGE} is not what the tests say; run \`npm run docs\``];
}
