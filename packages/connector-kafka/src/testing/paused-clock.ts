/** A clock that stands still, and whose sleepers go on when a test says so. */

import { once } from "node:events";

import { type Clock } from "@tidemark/connector";

/** Time does not pass by itself. */
export class PausedClock implements Clock {
  #asleep = Promise.withResolvers<void>();
  #awake = Promise.withResolvers<void>();

  wallMs(): number {
    return 0;
  }

  monotonicMs(): number {
    return 0;
  }

  async sleep(_ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const awake = this.#awake.promise;
    this.#asleep.resolve();
    await Promise.race([awake, once(signal, "abort")]);
    signal.throwIfAborted();
  }

  /** Resolves once someone sleeps. */
  asleep(): Promise<void> {
    return this.#asleep.promise;
  }

  /** Wakes all who sleep. */
  wake(): void {
    this.#asleep = Promise.withResolvers();
    const awake = this.#awake;
    this.#awake = Promise.withResolvers();
    awake.resolve();
  }
}
