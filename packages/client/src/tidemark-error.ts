/** The one error that the client rejects with, and how a call's failure becomes one. */

import { ErrorInfoSchema, RetryInfoSchema } from "@tidemark/api";
import { Code, ConnectError } from "@connectrpc/connect";

/** A call that failed: the same reason, message and details as on every other face. */
export class TidemarkError extends Error {
  /** The documented error code, for example `UnknownPipelineName`; `Unreachable` where no server answered. */
  readonly reason: string;
  /** The details of the failure; values that are not text are JSON. Of `Unreachable`: the `address`. */
  readonly details: Readonly<Record<string, string>>;
  /** The canonical gRPC code by name, for example `NotFound`. */
  readonly code: string;
  /** When trying again makes sense, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    failure: Pick<TidemarkError, "reason" | "details" | "code" | "retryAfterMs">,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "TidemarkError";
    this.reason = failure.reason;
    this.details = failure.details;
    this.code = failure.code;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** Which server a call went to: a header of the errors of this client, which never travels. */
const ADDRESS = "tidemark-address";

/** Has an error tell which server the call went to that failed. */
export function withAddress(cause: unknown, url: string): ConnectError {
  const failed = ConnectError.from(cause);
  failed.metadata.set(ADDRESS, new URL(url).origin);
  return failed;
}

function addressOf({ metadata }: ConnectError): Readonly<Record<string, string>> {
  const address = metadata.get(ADDRESS);
  return address === null ? {} : { address };
}

/** Runs a call; a failure of it becomes a `TidemarkError`, a cancelled one rejects with the signal's reason. */
export async function calling<T>(
  call: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    signal?.throwIfAborted();
    throw tidemarkError(cause);
  }
}

/** The error that a failed call is answered with. */
export function tidemarkError(cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const failed = ConnectError.from(cause);
  const info = failed.findDetails(ErrorInfoSchema)[0];
  // What a server says carries its reason; these codes without one tell of a connection that broke.
  const unreachable =
    info === undefined && (failed.code === Code.Unavailable || failed.code === Code.Aborted);
  const delay = failed.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return new TidemarkError(
    failed.rawMessage,
    {
      reason: info?.reason ?? (unreachable ? "Unreachable" : Code[failed.code]),
      details: info?.metadata ?? addressOf(failed),
      code: Code[unreachable ? Code.Unavailable : failed.code],
      retryAfterMs:
        delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    },
    { cause },
  );
}
