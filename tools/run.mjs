// Runs programs with the workspace's own ones first in the path, and says plainly what went wrong.
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's own folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Programs that the workspace installed. */
export const bin = join(root, "node_modules", ".bin");

/** A machine that can't run this; the message says why and what would help. */
export class SetupError extends Error {}

/** The environment of every program: nothing phones home, nothing asks questions. */
export function environment(extra = {}) {
  return {
    ...process.env,
    DO_NOT_TRACK: "1",
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    npm_config_update_notifier: "false",
    // npx has chosen the pinned version already; pnpm would look itself up in the registry again.
    pnpm_config_pm_on_fail: "ignore",
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    ...extra,
  };
}

/**
 * Runs a program to its end on this terminal and answers its exit code. Signals are the program's
 * to handle: this process passes them on and waits.
 */
export function run(program, args, { cwd = root, env = {}, stdio = "inherit" } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: environment(env), stdio });
    const pass = (signal) => {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal === "SIGTERM" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on("SIGTERM", pass);
    process.on("SIGINT", pass);
    child.on("error", (error) => reject(new SetupError(`${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      process.off("SIGTERM", pass);
      process.off("SIGINT", pass);
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

/** Runs a program and answers its exit code and everything it wrote. */
export function capture(program, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (output += text));
    }
    child.on("error", (error) => reject(new SetupError(`${program}: ${error.message}`)));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Says what went wrong and ends the process; a fault of ours keeps its stack. */
export function fail(error) {
  console.error(error instanceof SetupError ? `tidemark: ${error.message}` : error);
  process.exitCode = 1;
}
