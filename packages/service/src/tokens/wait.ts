/** Waiting for a token: one settlement, whichever comes first of verdict, deadline and cancel. */

import { type Verdict } from "@tidemark/core";

import { pipelineInteractionUnreachable } from "../errors/interaction.ts";
import { tooManyWaiters } from "../errors/token.ts";
import { type TokenStatus } from "../service.ts";
import { type Limits, type Scheduler } from "../service-options.ts";
import { Cancellations } from "./cancellations.ts";
import { Release } from "./release.ts";
import { attended, type Judged, refreshed } from "./judged.ts";
import { tokenStatus } from "./token-status.ts";

/** How many waiters are released in one turn of the event loop. */
const RELEASED_PER_TURN = 250;

/** What is waited for of several tokens, and how long. */
export interface SeveralWait {
  readonly mode: "all" | "any";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** All waiters of a service. */
export class Waits {
  readonly #limits: Pick<Limits, "maxWaiters" | "maxWaitMs">;
  readonly #scheduler: Scheduler;
  readonly #release: Release;
  readonly #cancellations = new Cancellations();
  #waiting = 0;

  constructor(limits: Pick<Limits, "maxWaiters" | "maxWaitMs">, scheduler: Scheduler) {
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#release = new Release(RELEASED_PER_TURN, scheduler);
  }

  /** Takes one of the places for waiters; answers how to give it back, once. Throws where all are taken. */
  enter(): () => void {
    if (this.#waiting >= this.#limits.maxWaiters) throw tooManyWaiters(this.#limits.maxWaiters);
    this.#waiting += 1;
    return () => {
      this.#waiting -= 1;
    };
  }

  /** Resolves with the first settling verdict's status, or with the status when the time is up. */
  async wait(
    judged: Judged,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<TokenStatus> {
    const { signal } = options;
    signal.throwIfAborted();
    const timeoutMs = Math.min(options.timeoutMs, this.#limits.maxWaitMs);
    if (judged.running.refresh !== undefined) await this.#fresh(judged, timeoutMs, signal);
    const now = judged.running.board.judge(judged.claims);
    if (now.kind !== "pending" || !(timeoutMs > 0)) return tokenStatus(now, judged);
    const settled = await this.several([judged], { mode: "all", timeoutMs, signal });
    return tokenStatus(settled.get(0) ?? judged.running.board.judge(judged.claims), judged);
  }

  /**
   * Has the board of each one get readings that begin after the call: within the time, or, where the
   * time is 0 (check now), whenever the source answers.
   */
  async fresh(
    all: readonly Judged[],
    { timeoutMs, signal }: Omit<SeveralWait, "mode">,
  ): Promise<void> {
    await Promise.all(
      all.map(async (judged) => {
        if (judged.running.refresh !== undefined) await this.#fresh(judged, timeoutMs, signal);
      }),
    );
  }

  /**
   * Waits until all (or any) of these are complete, until they can't be any more, or until the time
   * is up; answers the verdicts that settled some of them, by index. Takes one place for all.
   */
  async several(
    all: readonly Judged[],
    options: SeveralWait,
  ): Promise<ReadonlyMap<number, Verdict>> {
    options.signal.throwIfAborted();
    const leave = this.enter();
    try {
      return await this.#settled(all, options);
    } finally {
      leave();
    }
  }

  /** What the board says is fresh, or the source can't be reached within the time. */
  async #fresh(judged: Judged, timeoutMs: number, signal: AbortSignal): Promise<void> {
    // Who asks to check now is not asked to wait: the reading is the check.
    if (!(timeoutMs > 0)) return refreshed(judged, signal);
    const deadline = new AbortController();
    const stopTimer = this.#scheduler.after(timeoutMs, () => deadline.abort());
    try {
      await refreshed(judged, AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      if (signal.aborted || !deadline.signal.aborted) throw error;
      const why = "the source gave no reading in the time that the caller waited";
      throw pipelineInteractionUnreachable(judged.pipeline, "/completion_status", why);
    } finally {
      stopTimer();
    }
  }

  /** Registers before it checks (the board does), so that no wake-up is missed. */
  async #settled(
    all: readonly Judged[],
    { mode, timeoutMs, signal }: SeveralWait,
  ): Promise<ReadonlyMap<number, Verdict>> {
    const settled = new Map<number, Verdict>();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const forget = this.#cancellations.on(signal, () => reject(signal.reason));
    const stopTimer = this.#scheduler.after(Math.min(timeoutMs, this.#limits.maxWaitMs), resolve);
    const goesOn = mode === "all" ? "complete" : "lost";
    const leaves = all.map((judged, index) => {
      const rest = attended(judged);
      const cancel = judged.running.board.register(judged.claims, (verdict) => {
        settled.set(index, verdict);
        if (verdict.kind === goesOn && settled.size < all.length) return;
        this.#release.run(resolve);
      });
      return () => {
        cancel();
        rest();
      };
    });
    try {
      await promise;
      return settled;
    } finally {
      for (const leave of leaves) leave();
      stopTimer();
      forget();
    }
  }
}
