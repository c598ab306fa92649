/** Giving up: many callbacks on one signal, each added and removed in constant time. */

/** What is to be called when signals abort; a signal itself carries one listener, however many wait on it. */
export class Cancellations {
  readonly #bySignal = new WeakMap<AbortSignal, Set<() => void>>();

  /** Calls `abort` when the signal, which has not, aborts; answers how to stop. */
  on(signal: AbortSignal, abort: () => void): () => void {
    const callbacks = this.#bySignal.get(signal) ?? this.#follow(signal);
    callbacks.add(abort);
    return () => {
      callbacks.delete(abort);
    };
  }

  #follow(signal: AbortSignal): Set<() => void> {
    const callbacks = new Set<() => void>();
    this.#bySignal.set(signal, callbacks);
    signal.addEventListener("abort", () => {
      for (const abort of callbacks) abort();
    });
    return callbacks;
  }
}
