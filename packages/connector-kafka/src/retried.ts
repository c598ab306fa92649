/** Retrying: trying until it works, with longer and longer pauses. */

import { type Clock } from "@tidemark/connector";

/** How it is retried. */
export interface Retrying {
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of every failure. */
  readonly failed: (error: unknown) => void;
}

const PAUSE_MS = { first: 100, longest: 10_000 };

/** How long to pause after so many failures in a row. */
export function pauseAfter(failures: number, random: () => number): number {
  const pauseMs = Math.min(PAUSE_MS.first * 2 ** (failures - 1), PAUSE_MS.longest);
  return pauseMs * (0.5 + random() / 2);
}

/** What an attempt comes to in the end; rejects with the signal's reason. */
export async function retried<T>(attempt: () => Promise<T>, options: Retrying): Promise<T> {
  const { clock, random, signal, failed } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      failed(error);
      await clock.sleep(pauseAfter(failures, random), { signal });
    }
  }
}
