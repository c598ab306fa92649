/** What every command works with: the server's client, where to write, and when to give up. */

import { createTidemarkClient, type TidemarkClient } from "@tidemark/client";
import { type Command } from "commander";

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
      baseUrl: withScheme(server),
      grpcUrl: withScheme(grpc),
      apiKey,
      tenant,
    }),
    output: openOutput(json),
    signal,
  };
}

function withScheme(address: string): string {
  return /^https?:\/\//.test(address) ? address : `http://${address}`;
}
