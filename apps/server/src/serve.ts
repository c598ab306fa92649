/** The command that serves: flags in, exit code out. */

import { Command, CommanderError, Option } from "commander";
import { z } from "zod";

import { spellAddress } from "./address.ts";
import { ConfigurationError, loadConfig } from "./config.ts";
import { SETTING_NAMES } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";
import { VERSION } from "./version.ts";

const Flags = z.record(z.string(), z.union([z.string(), z.boolean()]).optional());

/** Serves until a signal; answers the exit code. Errors of the operator's are written to stderr. */
export async function serve(argv: readonly string[]): Promise<number> {
  try {
    const flags = parseFlags(argv);
    const environment = process.env;
    const file = z
      .string()
      .optional()
      .parse(flags["config"] ?? environment["TIDEMARK_CONFIG"]);
    const server = await startServer(loadConfig({ flags, environment, file }));
    announce(server);
    await stopOnSignal(server);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`tidemark: ${error.message}\n`);
    return 2;
  }
}

function parseFlags(argv: readonly string[]): z.infer<typeof Flags> {
  const command = new Command("tidemark serve")
    .description("Serves REST and Connect on one port and gRPC on another, until it is stopped.")
    .version(VERSION)
    .option("--config <PATH>", "a JSON file of settings by their keys (TIDEMARK_CONFIG)")
    .exitOverride();
  for (const { key, flag, variable, value, help } of SETTING_NAMES) {
    const spelled = value === undefined ? flag : `${flag} <${value}>`;
    command.addOption(new Option(spelled, `${help} (${variable}; key ${key})`));
  }
  return Flags.parse(command.parse(argv, { from: "user" }).opts());
}

function announce({ config, ports }: RunningServer): void {
  const http = spellAddress({ host: config.http.host, port: ports.http });
  const grpc = spellAddress({ host: config.grpc.host, port: ports.grpc });
  process.stdout.write(`serving REST and Connect on http://${http}, gRPC on ${grpc}\n`);
}

/** Stops gracefully at the first SIGINT or SIGTERM; a second one ends the process at once. */
async function stopOnSignal(server: RunningServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    resolve();
    process.once("SIGINT", force);
    process.once("SIGTERM", force);
  };
  const force = (): void => {
    server.log.warn("stopped by force: what was taken in and not committed is lost");
    process.exit(1);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await promise;
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  await server[Symbol.asyncDispose]();
}
