/** Clocks: where times come from, so that tests can give their own. */

import { setTimeout as sleep } from "node:timers/promises";

/** Tells times and waits. */
export interface Clock {
  /** Milliseconds since 1970, which may jump. */
  wallMs(): number;
  /** Milliseconds that never go back, from any origin. */
  monotonicMs(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason. */
  sleep(ms: number, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** The machine's clock; its sleeps don't keep the program running. */
export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, { signal }) {
    try {
      await sleep(ms, undefined, { signal, ref: false });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
