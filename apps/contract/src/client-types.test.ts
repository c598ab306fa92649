import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const run = promisify(execFile);

test("the client's types are those of the contract; `pnpm run generate` writes them", async () => {
  const folder = new URL("..", import.meta.url);
  const args = ["src/contract.json", "-o", "src/gen/contract.ts", "--check"];
  const checked = run("node_modules/.bin/openapi-typescript", args, { cwd: folder });
  await expect(checked).resolves.toBeDefined();
});
