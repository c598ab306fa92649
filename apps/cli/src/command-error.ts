/** The error of a command that can't be carried out. */

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

/** A command that Ctrl-C or SIGTERM ended. */
export class InterruptedError extends CommandError {
  readonly details: Readonly<Record<string, string>>;

  constructor(message: string, details: Readonly<Record<string, string>>) {
    super(message, EXIT.interrupted);
    this.name = "InterruptedError";
    this.details = details;
  }
}
