// Holds the documents against the repository: links lead somewhere, and the
// pages that are written from tables are what those tables say.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { root } from "./run.mjs";
import { trapFaults } from "./traps.mjs";

const CONNECTOR_SECTIONS = [
  "Positions",
  "Incarnation",
  "Head",
  "Receipts",
  "Level",
  "Limits",
  "What makes a token lost",
  "Permissions needed",
  "Configuration",
];
const faults = [];
const documents = globSync(["*.md", "docs/**/*.md", "packages/*/*.md", "apps/*/*.md"], {
  cwd: root,
});

function headings(text) {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function checkLinks(document) {
  const text = readFileSync(join(root, document), "utf8");
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "`");
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path, anchor] = target.split("#");
    const file = path === "" ? document : join(dirname(document), path);
    if (!existsSync(join(root, file))) {
      faults.push(`${document}: nothing at ${target}`);
    } else if (anchor !== undefined && file.endsWith(".md")) {
      if (headings(readFileSync(join(root, file), "utf8")).has(anchor)) continue;
      faults.push(`${document}: ${file} has no heading #${anchor}`);
    }
  }
}

/** Pages of connectors tell the same of each system, under the same headings. */
function checkConnectorPages() {
  const pages = globSync("docs/connectors/*.md", { cwd: root, exclude: ["**/traps.md"] });
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    const shared = sections.filter((title) => CONNECTOR_SECTIONS.includes(title));
    if (shared.join() === CONNECTOR_SECTIONS.join()) continue;
    faults.push(
      `${page}: these sections have to be there in order: ${CONNECTOR_SECTIONS.join(", ")}`,
    );
  }
}

/** Pages that are written from the code's own tables; `--write` writes them again. */
async function checkWritten(page, module, write) {
  const text = (await import(join(root, module)))[write]();
  const file = join(root, page);
  if (process.argv.includes("--write")) writeFileSync(file, text);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  faults.push(`${page} is not what ${module} says; run \`npm run docs\``);
}

await checkWritten("docs/errors.md", "packages/service/src/index.ts", "errorsMarkdown");
await checkWritten(
  "docs/configuration.md",
  "apps/server/src/settings-markdown.ts",
  "settingsMarkdown",
);
faults.push(...trapFaults({ write: process.argv.includes("--write") }));
checkConnectorPages();
for (const document of documents) checkLinks(document);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${documents.length} documents hold`);
