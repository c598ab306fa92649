/** Patience: what programs outside do about systems that come back by themselves. */

import { setTimeout as sleep } from "node:timers/promises";

const PACE_MS = 50;
const LIMIT_MS = 60_000;

/** Does it again until it works; what is done must be the same when it is done twice. */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(PACE_MS);
    }
  }
}
