/** A push of a file: what became of it, also where records are rejected or Ctrl-C ends it. */

import { type IngestTarget, type RejectedPush, rejectedPush } from "@tidemark/client";

import { InterruptedError } from "./command-error.ts";
import { type Context } from "./context.ts";
import { AsItComes, type Cutting, Uncut, WholeRecords } from "./cutting.ts";
import { InterruptibleBody } from "./interruptible-body.ts";
import { openFile } from "./open-file.ts";
import { openProgress } from "./progress.ts";
import { recordEnds } from "./record-ends.ts";

/** What became of a file. */
export interface Pushed extends RejectedPush {
  /** The error that reported rejected records. */
  readonly error?: unknown;
  /** How much was sent where Ctrl-C ended it. */
  readonly interrupted?: Sent;
}

/** How much of a file was sent. */
interface Sent {
  readonly sentBytes: number;
  /** Whether that was all of it. */
  readonly isWhole: boolean;
}

/** Pushes a file (`-` is standard input); a push that had to be given up rejects with `InterruptedError`. */
export async function push(context: Context, target: IngestTarget, file: string): Promise<Pushed> {
  const { client, output, signal } = context;
  await using source = await openFile(file);
  using bar = openProgress(output, "sent     ");
  const giving = new AbortController();
  const giveUp = (): void => giving.abort();
  const body = new InterruptibleBody(source.stream, { cutting: cuttingOf(target), signal, giveUp });
  const stopListening = onAbort(signal, () => {
    if (target.idempotencyKey !== undefined) return giveUp();
    output.note("interrupted: waiting for the answer to what was sent; Ctrl-C again gives it up");
  });
  const onProgress = (sent: number): void => bar.at(sent, source.bytes ?? 0, megabytes(sent));
  try {
    const { token, records } = await client.ingest(target, body, {
      signal: giving.signal,
      onProgress,
    });
    return { token, records, rejected: 0n, errors: [], ...interruption(signal, body) };
  } catch (error) {
    if (giving.signal.aborted) throw givenUp(target, body);
    const outcome = rejectedPush(error);
    if (outcome === undefined) throw error;
    return { ...outcome, error, ...interruption(signal, body) };
  } finally {
    stopListening();
  }
}

/** Where the body may end when it is interrupted. */
function cuttingOf({ idempotencyKey, atomic, format, parameters = {} }: IngestTarget): Cutting {
  // The same body comes again under its key, so it must not have ended before.
  if (idempotencyKey !== undefined || atomic === true) return new Uncut();
  const ends = recordEnds(format, parameters);
  return isArray({ format, parameters }) ? new AsItComes(ends) : new WholeRecords(ends);
}

function isArray({ format, parameters }: Pick<IngestTarget, "format" | "parameters">): boolean {
  return format === "json" && parameters?.["array"] === "true";
}

function onAbort(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener("abort", listener, { once: true });
  if (signal.aborted) listener();
  return () => signal.removeEventListener("abort", listener);
}

function interruption(signal: AbortSignal, body: Sent): Pick<Pushed, "interrupted"> {
  if (!signal.aborted) return {};
  return { interrupted: { sentBytes: body.sentBytes, isWhole: body.isWhole } };
}

function givenUp({ idempotencyKey, atomic }: IngestTarget, { sentBytes }: Sent): InterruptedError {
  const details = { sent_bytes: String(sentBytes) };
  if (idempotencyKey === undefined) {
    const what = atomic === true ? "it" : "the unfinished array";
    const message = `interrupted after ${sentBytes} bytes: nothing of ${what} is ingested; push it again as a whole`;
    return new InterruptedError(message, details);
  }
  const message = `interrupted after ${sentBytes} bytes: nothing is lost; run the same command again with the same --key '${idempotencyKey}' to go on where it stopped`;
  return new InterruptedError(message, { ...details, idempotency_key: idempotencyKey });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
