/** Watching a token: its status now and whenever it has changed, conflated. */

import { isDeepStrictEqual } from "node:util";

import { PACE_EXPIRES_MS, type Verdict } from "@tidemark/core";

import { latest } from "../latest.ts";
import { type TokenStatus } from "../service.ts";
import { type Scheduler } from "../service-options.ts";
import { attended, type Judged, refreshed } from "./judged.ts";
import { tokenStatus } from "./token-status.ts";
import { type Waits } from "./wait.ts";

/** Timers may be early by the clock that readings go by. */
const MARGIN_MS = 10;

/** What watching goes by. */
export interface WatchPorts {
  readonly waits: Waits;
  readonly scheduler: Pick<Scheduler, "after">;
}

/**
 * Gives no status twice in a row. Ends after `complete`; throws where the token is lost or the
 * pipeline ends.
 */
export async function* watchToken(
  judged: Judged,
  { waits, scheduler }: WatchPorts,
  signal: AbortSignal,
): AsyncGenerator<TokenStatus, void, undefined> {
  const { board } = judged.running;
  let settled: Verdict | undefined;
  let stopTimer = nothing;
  let look = nothing;
  const leave = waits.enter();
  try {
    if (judged.running.refresh !== undefined) await refreshed(judged, signal);
    yield* latest({
      subscribe: (changed) => {
        const rest = attended(judged);
        const unwatch = board.watch(judged.claims, changed);
        const cancel = board.register(judged.claims, (verdict) => {
          settled = verdict;
          changed();
        });
        look = changed;
        return () => {
          stopTimer();
          cancel();
          unwatch();
          rest();
        };
      },
      read: async () => {
        const value = await tokenStatus(settled ?? board.judge(judged.claims), judged);
        stopTimer();
        // No reading says that progress has stopped: time does, and then there is no pace.
        if (hasPace(value)) stopTimer = scheduler.after(PACE_EXPIRES_MS + MARGIN_MS, look);
        return { value, last: value.status === "complete" };
      },
      same: isDeepStrictEqual,
      signal,
    });
  } finally {
    leave();
  }
}

function nothing(): void {}

function hasPace({ parts }: TokenStatus): boolean {
  return parts.some(({ perSecond }) => perSecond !== undefined);
}
