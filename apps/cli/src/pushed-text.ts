/** What became of a pushed file: for people, for programs, and as an exit code. */

import { type RecordFault, TidemarkError, type TokenStatus } from "@tidemark/client";

import { type Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type Pushed } from "./push.ts";
import { exitOf, type ExitOptions, statusJson } from "./status-text.ts";

/** Tells what went wrong with it on stderr: the first rejected records, and an interruption. */
export function tellFaults({ output }: Pick<Context, "output">, pushed: Pushed): void {
  const { error, token, records, interrupted } = pushed;
  if (error instanceof TidemarkError) {
    const { message, reason, details } = error;
    output.error(message, { message, error_code: reason, details });
    if (token === undefined && records > 0n)
      output.warn("the error had no token of what was ingested");
  }
  if (interrupted !== undefined) output.warn(interruptionText(interrupted));
}

function interruptionText({ sentBytes, isWhole }: NonNullable<Pushed["interrupted"]>): string {
  if (isWhole) return `interrupted after all ${sentBytes} bytes were sent`;
  return `interrupted after ${sentBytes} bytes, behind the last whole record: the rest was not sent; with --key, an ingest can be resumed by running the same command again`;
}

/** What was ingested and what was rejected, and the token of both. */
export function pushedText({ records, rejected, token }: Pushed): string {
  const counts =
    rejected === 0n ? `${records} records` : `${records} records, ${rejected} rejected`;
  return token === undefined ? counts : `${counts}\n${token}`;
}

/** The same for programs, with what a wait ended with. */
export function pushedJson(
  { token, records, rejected, errors, interrupted }: Pushed,
  status: TokenStatus | undefined,
): Readonly<Record<string, unknown>> {
  return {
    ...(status === undefined ? {} : statusJson(status)),
    token: token ?? null,
    records,
    rejected,
    errors: errors.map(faultJson),
    ...(interrupted === undefined ? {} : { interrupted: true, sent_bytes: interrupted.sentBytes }),
  };
}

function faultJson({ event, field, error, text }: RecordFault): Readonly<Record<string, unknown>> {
  return {
    event_number: event ?? null,
    field: field ?? null,
    description: error,
    invalid_text: text ?? null,
  };
}

/** The exit code of a push, and of the wait for it. */
export function ingestExit(
  { rejected, interrupted }: Pushed,
  status: TokenStatus | undefined,
  options: ExitOptions,
): ExitCode {
  if (interrupted !== undefined) return EXIT.interrupted;
  const waited = status === undefined ? EXIT.done : exitOf(status.complete, [status], options);
  if (waited !== EXIT.done || rejected === 0n) return waited;
  return options.failOnRejects === true ? EXIT.rejected : EXIT.failed;
}
