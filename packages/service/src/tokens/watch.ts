/** Watching a token: its status now and after every change, conflated. */

import { type Verdict } from "@tidemark/core";

import { latest } from "../latest.ts";
import { type TokenStatus } from "../service.ts";
import { attended, type Judged, refreshed } from "./judged.ts";
import { tokenStatus } from "./token-status.ts";
import { type Waits } from "./wait.ts";

/** Ends after `complete`; throws where the token is lost or the pipeline ends. */
export async function* watchToken(
  judged: Judged,
  waits: Waits,
  signal: AbortSignal,
): AsyncGenerator<TokenStatus, void, undefined> {
  const { board } = judged.running;
  let settled: Verdict | undefined;
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
        return () => {
          cancel();
          unwatch();
          rest();
        };
      },
      read: () => {
        const value = tokenStatus(settled ?? board.judge(judged.claims), judged);
        return { value, last: value.status === "complete" };
      },
      signal,
    });
  } finally {
    leave();
  }
}
