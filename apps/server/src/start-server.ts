/** Starting and stopping a whole server. */

import { type Logger } from "pino";

import { compose } from "./compose.ts";
import { requireLoopback } from "./config.ts";
import { type Ports } from "./listeners.ts";
import { openLog } from "./log.ts";
import { type Config } from "./settings.ts";

/** A server that serves; disposing it stops it gracefully: what was taken in is committed first. */
export interface RunningServer extends AsyncDisposable {
  readonly config: Config;
  /** Where it really listens. */
  readonly ports: Ports;
  readonly log: Logger;
}

/** Starts a server; resolves once it serves. Throws `ConfigurationError` for what the operator can mend. */
export async function startServer(config: Config): Promise<RunningServer> {
  const beganMs = performance.now();
  requireLoopback(config);
  const log = openLog({ level: config.logLevel, file: config.logFile });
  await using stack = new AsyncDisposableStack();
  const ports = await compose(config, log, stack);
  const running = stack.move();
  log.info({ ports, dataDir: config.dataDir, tookMs: sinceMs(beganMs) }, "serving");
  return {
    config,
    ports,
    log,
    async [Symbol.asyncDispose]() {
      const stopMs = performance.now();
      log.info("stopping");
      // Timers of the service don't keep a process running, and its stop must not be cut short.
      const alive = setInterval(() => {}, 60_000);
      try {
        await running.disposeAsync();
      } finally {
        clearInterval(alive);
      }
      log.info({ tookMs: sinceMs(stopMs) }, "stopped");
    },
  };
}

function sinceMs(beganMs: number): number {
  return Math.round(performance.now() - beganMs);
}
