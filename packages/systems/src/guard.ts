/** Makes sure that nothing a test process started outlives it, however it ends. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Writable } from "node:stream";
import { fileURLToPath } from "node:url";

let input: Writable | undefined;

/** Guards a process: if ours ends without `releaseProcess`, it is killed with all it has started. */
export function guardProcess(pid: number): void {
  tell(`process ${pid}`);
}

/** Says that a guarded process has ended, so that its number may come to mean another. */
export function releaseProcess(pid: number): void {
  tell(`ended ${pid}`);
}

/** A new folder, removed by `removeFolder` or when our process ends. */
export function guardedFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tidemark-${name}-`));
  tell(`folder ${folder}`);
  return folder;
}

/** Removes a folder that `guardedFolder` made. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  tell(`removed ${folder}`);
}

/** The guard notices our end by the end of its input, which no signal can prevent. */
function tell(order: string): void {
  input ??= startGuard();
  input.write(`${order}\n`);
}

function startGuard(): Writable {
  const program = fileURLToPath(new URL("guard-main.ts", import.meta.url));
  const child = spawn(process.execPath, [program], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  // Neither the guard nor the pipe to it may keep our process alive.
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child.stdin;
}
