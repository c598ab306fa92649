/** A server in a process of its own, whose CPU time can be read from here. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A running server that is being measured. */
export interface MeasuredServer extends AsyncDisposable {
  readonly ports: Readonly<Record<string, number>>;
  /** CPU time that it has used so far, in microseconds. */
  cpuMicroseconds(): Promise<number>;
  /** Memory that it has resident now. */
  memoryBytes(): Promise<number>;
}

/** Starts a script of this folder; it tells its ports first, then its CPU time whenever asked. */
export async function startMeasured(
  script: string,
  ...args: readonly string[]
): Promise<MeasuredServer> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ["--conditions=@tidemark/source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ports = numbers(await nextMessage(child));
  const usage = (): Promise<unknown> => {
    child.send("usage");
    return nextMessage(child);
  };
  return {
    ports,
    cpuMicroseconds: async () => {
      const answer = numbers(field(await usage(), "cpu"));
      return (answer["user"] ?? 0) + (answer["system"] ?? 0);
    },
    memoryBytes: async () => numbers(await usage())["memory"] ?? 0,
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once("exit", () => resolve());
      child.disconnect();
      await promise;
    },
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const ended = (code: number | null): void => reject(new Error(`server ended with ${code}`));
  child.once("exit", ended);
  child.once("message", (message) => {
    child.off("exit", ended);
    resolve(message);
  });
  return promise;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function numbers(value: unknown): Record<string, number> {
  const found: Record<string, number> = {};
  if (typeof value !== "object" || value === null) return found;
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry === "number") found[name] = entry;
  }
  return found;
}
