/** What every command works with: the server's client, where to write, and when to give up. */

import { createTidemarkClient, type TidemarkClient } from "@tidemark/client";
import { type Command } from "commander";

import { EXIT } from "./exit.ts";
import { CommandError } from "./command-error.ts";
import { openOutput, type Output } from "./output.ts";

/** What a command works with. */
export interface Context {
  readonly client: TidemarkClient;
  readonly output: Output;
  /** Aborts when the program is told to stop. */
  readonly signal: AbortSignal;
}

/** Where the server is, and how to write, as the global options say. */
export interface GlobalOptions {
  readonly server: string;
  readonly grpc: string;
  readonly json: boolean;
  readonly apiKey: string | undefined;
  readonly tenant: string | undefined;
}

/** The global options of a command that is being run. */
export function globalOptions(command: Command): GlobalOptions {
  const { server, grpc, json, apiKey, tenant } = command.optsWithGlobals<{
    server: string;
    grpc: string;
    json?: boolean;
    apiKey?: string;
    tenant?: string;
  }>();
  return { server, grpc, json: json === true, apiKey, tenant };
}

/** Makes the context; nothing is sent before the first call. */
export function openContext(command: Command, signal: AbortSignal): Context {
  const { server, grpc, json, apiKey, tenant } = globalOptions(command);
  return {
    client: createTidemarkClient({
      baseUrl: urlOf(server, "--server"),
      grpcUrl: urlOf(grpc, "--grpc"),
      apiKey,
      tenant,
    }),
    output: openOutput(json),
    signal,
  };
}

function urlOf(address: string, option: string): string {
  const url = withScheme(address);
  if (URL.canParse(url)) return url;
  const message = `${option} takes an address such as http://127.0.0.1:8080, not '${address}'`;
  throw new CommandError(message, EXIT.usage);
}

/** An address may leave its scheme out. */
export function withScheme(address: string): string {
  return /^https?:\/\//.test(address) ? address : `http://${address}`;
}
