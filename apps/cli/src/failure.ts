/** Failures: how an error is told, and what the program exits with. */

import { TidemarkError } from "@tidemark/client";

import { CommandError, InterruptedError } from "./command-error.ts";
import { type GlobalOptions, withScheme } from "./context.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** A failure in plain words. */
export interface Failure {
  readonly message: string;
  /** The documented error code, or one word for what went wrong here. */
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
  readonly exitCode: ExitCode;
}

/** Where servers are looked for. */
type Servers = Pick<GlobalOptions, "server" | "grpc">;

/** What an error is told as; undefined where it is a fault of this program. */
export function failureOf(error: unknown, servers: Servers): Failure | undefined {
  if (error instanceof InterruptedError) {
    const { message, exitCode, details } = error;
    return { message, reason: "Interrupted", details, exitCode };
  }
  if (error instanceof CommandError) {
    const { message, exitCode } = error;
    return { message, reason: "CommandFailed", details: {}, exitCode };
  }
  if (error instanceof TidemarkError) return clientFailure(error, servers);
  if (error instanceof Error && "code" in error && "path" in error) {
    return { message: error.message, reason: "File", details: {}, exitCode: EXIT.failed };
  }
  return undefined;
}

function clientFailure(error: TidemarkError, servers: Servers): Failure {
  const { reason, details } = error;
  if (reason === "Unreachable") {
    const message = unreachable(details["address"], servers);
    return { message, reason, details, exitCode: EXIT.failed };
  }
  const other = reason === "CompletionPending" ? EXIT.inProgress : EXIT.failed;
  const exitCode = LOST.has(reason) ? EXIT.lost : other;
  return { message: error.message, reason, details, exitCode };
}

/** Pushes go to another address than all other calls. */
function unreachable(address: string | undefined, { server, grpc }: Servers): string {
  const [looked, option] =
    address === originOf(grpc) && address !== originOf(server)
      ? [grpc, "--grpc"]
      : [server, "--server"];
  return `no server answers at ${looked}: start one with \`tidemark serve\`, or name it with ${option}`;
}

function originOf(address: string): string {
  const url = withScheme(address);
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Reasons that say that a token is lost. */
const LOST: ReadonlySet<string> = new Set([
  "CompletionTokenLost",
  "PipelineRestarted",
  "UnknownEndpointInCompletionToken",
]);
