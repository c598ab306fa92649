/** A reader: the loop that pulls one source's batches into its input's queue. */

import { type Batch, type Source } from "../source.ts";
import { abortable } from "../abortable.ts";
import { type Input } from "./input.ts";

/** What a reader tells and asks of the pipeline around it. */
export interface ReaderOptions {
  readonly input: Input;
  readonly source: Source;
  /** Whether anything may be received now; the input's gate is rung when that changes. */
  readonly mayReceive: () => boolean;
  /** Called after every batch, at end of input, before a reject and behind it, and when the source has failed. */
  readonly changed: (
    what: "received" | "incarnation" | "ended" | "refused" | "skipped" | "failed",
  ) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads until end of input, a fault of the source (kept as the input's `fatalError`) or abort. A
 * batch that arrives while nothing may be received waits outside the queue.
 */
export async function read(options: ReaderOptions): Promise<void> {
  const { input, changed, signal } = options;
  try {
    await pull(options);
    input.endOfInput = true;
    changed("ended");
  } catch (error) {
    if (signal.aborted) return;
    input.fatalError = error instanceof Error ? error.message : String(error);
    input.addTransportError(input.fatalError);
    changed("failed");
  }
}

async function pull(options: ReaderOptions): Promise<void> {
  const { input, source, mayReceive, changed, signal } = options;
  const batches = source.batches({ signal })[Symbol.asyncIterator]();
  signal.addEventListener("abort", () => void batches.return?.().catch(() => undefined), {
    once: true,
  });
  for (;;) {
    await input.gate.until(() => mayReceive() && input.queue.hasRoom, { signal });
    const next = await abortable(batches.next(), signal);
    await input.gate.until(mayReceive, { signal });
    if (next.done === true) return;
    await stopBefore(next.value, options);
    const { incarnation } = input.received;
    input.receive(next.value);
    changed(next.value.incarnation === incarnation ? "received" : "incarnation");
  }
}

/** Where rejects stop the input: waits until those of the batch are to be skipped. */
async function stopBefore(
  { errors }: Batch,
  { input, mayReceive, changed, signal }: ReaderOptions,
): Promise<void> {
  const [first] = errors;
  if (!input.stopsAtRejects || first === undefined) return;
  input.refuse(first, errors.length);
  changed("refused");
  await input.gate.until(() => input.refusal === undefined && mayReceive(), { signal });
  changed("skipped");
}
