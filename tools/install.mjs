// Installs the workspace when it is not in step with its lockfile.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bin, capture, root, SetupError } from "./run.mjs";

const OLDEST_NODE = 20;
/** Where both the embedded database and the pinned Node have builds. */
const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
const stampFile = join(root, "node_modules", ".tidemark-installed");

/** Makes `node_modules` agree with the lockfile; does nothing when it does already. */
export async function install({ quiet = false } = {}) {
  checkMachine();
  const wanted = stamp();
  if (isInstalled(wanted)) return;
  const say = quiet ? () => {} : console.log;
  const pnpm = pinnedPnpm();
  say(`Installing dependencies with ${pnpm} (once, about a minute) ...`);
  const began = Date.now();
  const { code, output } = await capture(
    "npx",
    ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"],
    // CI keeps it from asking questions that nobody may be there to answer.
    { env: { CI: "true" } },
  );
  if (code !== 0) throw new SetupError(explain(output));
  await checkPinnedNode();
  writeFileSync(stampFile, wanted);
  say(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

/** `pnpm@version`, as `package.json` pins it. */
export function pinnedPnpm() {
  return manifest().packageManager;
}

function manifest() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

function checkMachine() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    throw new SetupError(
      `this needs Node ${OLDEST_NODE} or newer to start (it then uses its own); here is ${process.version}`,
    );
  }
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new SetupError(
      `no build of the embedded database for ${platform}; it runs on ${PLATFORMS.join(", ")}` +
        (process.platform === "win32" ? "; on Windows use WSL" : ""),
    );
  }
}

function stamp() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) {
    hash.update(readFileSync(join(root, file)));
  }
  return `${process.platform}-${process.arch} ${hash.digest("hex")}\n`;
}

function isInstalled(wanted) {
  return (
    existsSync(stampFile) &&
    readFileSync(stampFile, "utf8") === wanted &&
    existsSync(join(bin, "node"))
  );
}

async function checkPinnedNode() {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const wanted = /^ {2}"?node"?: (\d\S+)$/m.exec(workspace)?.[1];
  const { code, output } = await capture(join(bin, "node"), ["--version"]);
  if (code === 0 && output.trim() === `v${wanted}`) return;
  throw new SetupError(
    `the pinned Node ${wanted} does not run here (${output.trim() || `exit code ${code}`}); ` +
      `remove node_modules and try again with access to the npm registry`,
  );
}

function explain(output) {
  const tail = output.trim().split("\n").slice(-15).join("\n  ");
  const offline =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|fetch failed|error sending request/i;
  if (offline.test(output)) {
    return `can't reach the npm registry, which the first run needs; check the network or \`npm config get registry\`:\n  ${tail}`;
  }
  if (/ERR_PNPM_OUTDATED_LOCKFILE|frozen-lockfile/i.test(output)) {
    return `pnpm-lock.yaml is not in step with a package.json; run \`npx ${pinnedPnpm()} install\`:\n  ${tail}`;
  }
  if (/ENOSPC/.test(output)) return `the disk is full:\n  ${tail}`;
  return `installing failed:\n  ${tail}`;
}
