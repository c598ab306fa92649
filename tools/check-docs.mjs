// Holds the documents against the repository: links lead somewhere, and the
// page of error reasons is what their table says.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { root } from "./run.mjs";

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

/** The page of error reasons is written from their table; `--write` writes it again. */
async function checkReasons() {
  const { errorsMarkdown } = await import(join(root, "packages/service/src/index.ts"));
  const file = join(root, "docs/errors.md");
  if (process.argv.includes("--write")) writeFileSync(file, errorsMarkdown());
  if (existsSync(file) && readFileSync(file, "utf8") === errorsMarkdown()) return;
  faults.push("docs/errors.md is not what the table of reasons says; run `npm run docs`");
}

for (const document of documents) checkLinks(document);
await checkReasons();
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${documents.length} documents hold`);
