/** Failures: how an error is told, and what the program exits with. */

import { TidemarkError } from "@tidemark/client";

import { EXIT, type ExitCode } from "./exit.ts";

/** A command that can't be carried out for a reason of its own; the message is for people. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** A failure in plain words. */
export interface Failure {
  readonly message: string;
  /** The documented error code, or one word for what went wrong here. */
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
  readonly exitCode: ExitCode;
}

/** What an error is told as; undefined where it is a fault of this program. */
export function failureOf(error: unknown, server: string): Failure | undefined {
  if (error instanceof CommandError) {
    const { message, exitCode } = error;
    return { message, reason: "CommandFailed", details: {}, exitCode };
  }
  if (error instanceof TidemarkError) return clientFailure(error, server);
  if (error instanceof Error && "code" in error && "path" in error) {
    return { message: error.message, reason: "File", details: {}, exitCode: EXIT.failed };
  }
  return undefined;
}

function clientFailure(error: TidemarkError, server: string): Failure {
  const { reason, details } = error;
  if (reason === "Unreachable") {
    const message = `no server answers at ${server}: start one with \`tidemark serve\`, or name it with --server`;
    return { message, reason, details, exitCode: EXIT.failed };
  }
  const other = reason === "CompletionPending" ? EXIT.inProgress : EXIT.failed;
  const exitCode = LOST.has(reason) ? EXIT.lost : other;
  return { message: error.message, reason, details, exitCode };
}

/** Reasons that say that a token is lost. */
const LOST: ReadonlySet<string> = new Set([
  "CompletionTokenLost",
  "PipelineRestarted",
  "UnknownEndpointInCompletionToken",
]);
