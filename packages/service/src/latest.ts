/** Following something that changes: every reader sees the latest, and none holds up the others. */

type Reading<T> = { readonly value: T; readonly last: boolean } | undefined;

/**
 * Reads now and after every change, conflated: changes while the consumer is busy amount to one
 * reading, and a reading that is the same as the one given before is not given again. Ends when
 * `read` answers undefined, or once it answers a `last` one; rejects with the signal's reason.
 */
export async function* latest<T>(options: {
  readonly subscribe: (changed: () => void) => () => void;
  readonly read: () => Reading<T> | Promise<Reading<T>>;
  /** Whether a consumer who has the one would learn nothing from the other. */
  readonly same: (before: T, now: T) => boolean;
  readonly signal: AbortSignal;
}): AsyncGenerator<T, void, undefined> {
  const { read, same, signal } = options;
  let given: { readonly value: T } | undefined;
  let wake = Promise.withResolvers<void>();
  const ring = (): void => wake.resolve();
  const unsubscribe = options.subscribe(ring);
  signal.addEventListener("abort", ring);
  try {
    for (;;) {
      signal.throwIfAborted();
      wake = Promise.withResolvers<void>();
      const reading = await read();
      if (reading === undefined) return;
      if (given === undefined || !same(given.value, reading.value)) {
        given = reading;
        yield reading.value;
      }
      if (reading.last) return;
      if (!signal.aborted) await wake.promise;
    }
  } finally {
    signal.removeEventListener("abort", ring);
    unsubscribe();
  }
}
