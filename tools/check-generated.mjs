// Generates the api's code again, elsewhere, and holds it against what is committed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { capture, fail, root, SetupError } from "./run.mjs";

const GENERATED = "packages/api/src/gen";

function filesBelow(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), readFileSync(path, "utf8"));
  }
  return files;
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-generated-"));
try {
  const { code, output } = await capture("buf", ["generate", "--output", folder]);
  if (code !== 0) throw new SetupError(`buf generate failed:\n${output}`);
  const fresh = filesBelow(join(folder, GENERATED));
  const committed = filesBelow(join(root, GENERATED));
  const stale = [...new Set([...fresh.keys(), ...committed.keys()])].filter(
    (path) => fresh.get(path) !== committed.get(path),
  );
  if (stale.length > 0) {
    throw new SetupError(
      `not what proto/ generates; run \`npm run generate\`:\n  ${stale.join("\n  ")}`,
    );
  }
} catch (error) {
  fail(error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
