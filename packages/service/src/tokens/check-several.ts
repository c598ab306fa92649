/** Several tokens: the status of each, and of all or any of them together. */

import { type Verdict } from "@tidemark/core";
import { type JsonObject } from "@tidemark/program";

import { type CallOptions, type SeveralStatus, type TokenOutcome } from "../service.ts";
import { ServiceError } from "../service-error.ts";
import { type SeveralEntry } from "./read-several.ts";
import { tokenStatus } from "./token-status.ts";
import { type Waits } from "./wait.ts";

/** What is asked of several tokens. */
export interface SeveralOptions extends CallOptions {
  readonly mode: "all" | "any";
  readonly timeoutMs: number;
}

/**
 * The status of several tokens once they are settled together, or when the time is up. Throws the
 * first lost one's error where that settles them, with all outcomes in its details.
 */
export async function checkSeveral(
  entries: readonly SeveralEntry[],
  waits: Waits,
  options: SeveralOptions,
): Promise<SeveralStatus> {
  const { mode, timeoutMs, signal } = options;
  const open = entries.flatMap((entry) => (entry instanceof ServiceError ? [] : [entry]));
  await waits.fresh(open, { timeoutMs, signal });
  const now = await Promise.all(entries.map((entry) => outcomeOf(entry)));
  if (together(now, mode) !== "inprogress" || !(timeoutMs > 0)) return answer(now, mode);
  const settled = await waits.several(open, options);
  const outcomes = await Promise.all(
    entries.map((entry) =>
      outcomeOf(
        entry,
        entry instanceof ServiceError ? undefined : settled.get(open.indexOf(entry)),
      ),
    ),
  );
  return answer(outcomes, mode);
}

async function outcomeOf(entry: SeveralEntry, settled?: Verdict): Promise<TokenOutcome> {
  if (entry instanceof ServiceError) return { status: "lost", error: entry };
  const verdict = settled ?? entry.running.board.judge(entry.claims);
  try {
    return await tokenStatus(verdict, entry);
  } catch (error) {
    if (verdict.kind !== "lost" || !(error instanceof ServiceError)) throw error;
    return { status: "lost", error };
  }
}

const ALL = ["lost", "complete"] as const;
const ANY = ["complete", "lost"] as const;

function together(
  outcomes: readonly TokenOutcome[],
  mode: SeveralOptions["mode"],
): TokenOutcome["status"] {
  // With `all` one lost token settles it against the complete ones, with `any` the other way round.
  const [one, every] = mode === "all" ? ALL : ANY;
  if (outcomes.some(({ status }) => status === one)) return one;
  return outcomes.every(({ status }) => status === every) ? every : "inprogress";
}

function answer(tokens: readonly TokenOutcome[], mode: SeveralOptions["mode"]): SeveralStatus {
  const status = together(tokens, mode);
  if (status !== "lost") return { status, tokens };
  for (const outcome of tokens) {
    if (outcome.status === "lost") throw withAll(outcome.error, tokens);
  }
  throw new TypeError("nothing is lost");
}

function withAll(error: ServiceError, tokens: readonly TokenOutcome[]): ServiceError {
  const { reason, message, details } = error;
  const own = typeof details === "object" ? Object.entries(details ?? {}) : [];
  const all = { ...Object.fromEntries(own), tokens: tokens.map(outcomeJson) };
  return new ServiceError(reason, message, all, { cause: error });
}

function outcomeJson(outcome: TokenOutcome): JsonObject {
  if (outcome.status !== "lost") return { status: outcome.status };
  const { reason, message } = outcome.error;
  return { status: "lost", error_code: reason, message };
}
