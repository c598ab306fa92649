/** Server-sent events, as the WHATWG HTML standard has them. */

/** One event; its data is one line. */
export interface ServerSentEvent {
  readonly event: string;
  /** What a client that comes back says it has seen. */
  readonly id: string;
  readonly data: string;
  /** Milliseconds after which a client whose connection broke comes back. */
  readonly retryMs?: number;
}

/** An event as text. */
export function eventText({ event, id, data, retryMs }: ServerSentEvent): string {
  const retry = retryMs === undefined ? "" : `retry: ${retryMs}\n`;
  return `${retry}event: ${event}\nid: ${id}\ndata: ${data}\n\n`;
}

/** A comment, which clients ignore and which keeps connections open. */
const COMMENT = ":\n\n";

/** Passes events on, and a comment whenever none came for so long. */
export async function* keptAlive(
  events: AsyncIterable<string>,
  idleMs: number,
): AsyncGenerator<string, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      let result = await within(next, idleMs);
      while (result === undefined) {
        yield COMMENT;
        result = await within(next, idleMs);
      }
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** What a promise resolves to, or undefined where it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const idle = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => idle.resolve(undefined), ms);
  try {
    return await Promise.race([promise, idle.promise]);
  } finally {
    clearTimeout(timer);
  }
}
