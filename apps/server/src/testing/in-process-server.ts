/** A server inside the test's process. */

import { loadConfig } from "../config.ts";
import { type RunningServer, startServer } from "../start-server.ts";
import { scratchFolder } from "./scratch-folder.ts";

/** A server on free ports with a data folder of its own. */
export interface InProcessServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** Such as `http://127.0.0.1:41234`. */
  readonly http: string;
  /** Such as `127.0.0.1:41235`. */
  readonly grpc: string;
  readonly folder: string;
}

/** Starts one; settings by key as flags give them. */
export async function inProcessServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<InProcessServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await scratchFolder()).path;
  const flags = {
    http: "127.0.0.1:0",
    grpc: "127.0.0.1:0",
    dataDir: folder,
    logLevel: "error",
    ...settings,
  };
  const server = stack.use(await startServer(loadConfig({ flags, environment: {} })));
  const { ports } = server;
  const opened = stack.move();
  return {
    server,
    http: `http://127.0.0.1:${ports.http}`,
    grpc: `127.0.0.1:${ports.grpc}`,
    folder,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
