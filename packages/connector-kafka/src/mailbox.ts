/** A mailbox: what several requests under way bring, in the order in which it comes. */

/** Holds what came until it is taken, by one taker at a time. */
export class Mailbox<T> {
  readonly #held: T[] = [];
  #ring: (() => void) | undefined;

  put(item: T): void {
    this.#held.push(item);
    this.#ring?.();
  }

  /** The next item, once there is one; rejects with the signal's reason. */
  async take({ signal }: { readonly signal: AbortSignal }): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const item = this.#held.shift();
      if (item !== undefined) return item;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const ring = (): void => resolve(undefined);
      this.#ring = ring;
      signal.addEventListener("abort", ring, { once: true });
      await promise;
      signal.removeEventListener("abort", ring);
    }
  }
}

/** Hands over what a request comes to. */
export function settled<T>(request: Promise<T>, take: (outcome: T | Error) => void): void {
  request.then(take, (error: unknown) =>
    take(error instanceof Error ? error : new Error(String(error), { cause: error })),
  );
}
