/** A server as a process of its own, as operators run it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A running server process. */
export interface ServerProcess extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly http: string;
  /** Such as `127.0.0.1:41235`. */
  readonly grpc: string;
  /** Sends a signal; answers the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const MAIN = join(import.meta.dirname, "..", "main.ts");

/** Starts a process on free ports with this data folder; `args` are added to its flags. */
export function spawnServer(dataDir: string, args: readonly string[] = []): ChildProcess {
  const flags = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data-dir", dataDir, ...args];
  return spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What a process that ends by itself wrote and exited with. */
export async function runToEnd(
  child: ChildProcess,
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const stderr = gathered(child);
  const [code] = await once(child, "close");
  return { code, stderr: stderr() };
}

/** Resolves once the process says that it serves; rejects with its stderr where it ends before. */
export async function serving(child: ChildProcess): Promise<ServerProcess> {
  const ended = once(child, "close");
  const stderr = gathered(child);
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    const match = /^serving .* on (http:\S+), gRPC on (\S+)$/m.exec(said);
    if (match !== null) resolve(match);
  });
  void ended.then(() => reject(new Error(`the server ended before it served: ${stderr()}`)));
  const [, http = "", grpc = ""] = await promise;
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    await ended;
    return child.exitCode ?? child.signalCode ?? 1;
  };
  return {
    http,
    grpc,
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}

function gathered(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  return () => text;
}
