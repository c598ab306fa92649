/** Runs a program that does one thing and ends. */
import { spawn } from "node:child_process";

import { type User } from "./unprivileged.ts";

const OUTPUT_TAIL = 2000;

/** What to run, and as whom. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly user?: User | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Answers what it wrote; rejects with the end of that if it failed. */
export function runToEnd(program: Program): Promise<string> {
  const { command, args, folder, user, env } = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...user,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => (output += text));
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}: ${output.slice(-OUTPUT_TAIL)}`));
    });
  });
}
