/** Judging: what the latest readings say of claims. */

import { type Claim, type ConnectorId } from "./claim.ts";
import { type Frontier, lag, lessEqual, offsetAt } from "./frontier.ts";
import { proves } from "./level.ts";
import { type Observation, type PendingReason, type Unobservable } from "./observation.ts";
import { type Remaining, type Verdict } from "./verdict.ts";

/** A connector's latest reading; undefined where it never had one, which says that there is no such connector. */
export type Reading = Observation | Unobservable | undefined;

/** What a reading says of a claim's number line, before its target is compared. */
export type Standing =
  | { readonly kind: "measured"; readonly at: Frontier; readonly by: Observation }
  | Extract<Verdict, { kind: "lost" | "unknown" }>;

const PROCESSING: PendingReason = {
  code: "processing",
  message: "the input was received and is being processed",
};

type LostVerdict = Extract<Verdict, { kind: "lost" }>;

const LOST_MESSAGES: Readonly<Record<LostVerdict["reason"], string>> = {
  "beyond-end":
    "the input was accepted but did not become durable before the engine or source ended",
  "connector-unknown": "the pipeline does not have the connector any more, and keeps nothing of it",
  "incarnation-unknown":
    "the source or its storage was replaced, and nothing is known any more of the one that the token is about",
  dropped: "the source dropped input that the token is about before it was processed",
  "cut-back": "the source was cut back to before the end of the input that the token is about",
};

/** True for a reading that succeeded. */
export function isObservation(reading: Observation | Unobservable): reading is Observation {
  return "incarnation" in reading;
}

/** How far the claim's number line has come by this reading, or why that can't be said. */
export function standing(claim: Claim, reading: Reading): Standing {
  if (reading === undefined) return lost(claim, "connector-unknown");
  if (!isObservation(reading)) return unknown(claim, reading.message);
  const current = claim.incarnation === reading.incarnation;
  const ended = current ? undefined : reading.ended(claim.incarnation);
  if (!current) {
    if (ended === undefined) return lost(claim, "incarnation-unknown");
    if (!lessEqual(claim.frontier, ended.finalFrontier)) return lost(claim, "beyond-end");
  }
  const gone = current ? goneFrom(claim, reading) : undefined;
  if (gone !== undefined) return lost(claim, gone);
  if (!proves(reading.level, claim.level)) {
    return unknown(
      claim,
      `of connector ${claim.connector} only what is ${reading.level} can be observed, and the token asks for ${claim.level}`,
    );
  }
  return { kind: "measured", at: ended?.frontier ?? reading.frontier, by: reading };
}

/** True where a reading says that input is gone which its own frontier does not cover. */
export function tellsOfLoss({ frontier, dropped, expired, cut }: Observation): boolean {
  if (cut !== undefined && cut.size > 0) return true;
  return [dropped, expired].some((gone) => gone !== undefined && !lessEqual(gone, frontier));
}

/** Why input of the claim that is not covered yet can't be processed any more, where that is so. */
function goneFrom(claim: Claim, reading: Observation): "dropped" | "cut-back" | undefined {
  if (!tellsOfLoss(reading)) return undefined;
  const { frontier, dropped, expired, cut } = reading;
  for (const [partition, target] of claim.frontier.positions) {
    const at = offsetAt(frontier, partition);
    if (target <= at) continue;
    if (target > (cut?.get(partition) ?? target)) return "cut-back";
    if (dropped !== undefined && offsetAt(dropped, partition) > at) return "dropped";
    if (expired !== undefined && offsetAt(expired, partition) >= target) return "dropped";
  }
  return undefined;
}

/** The verdict on one claim from one reading. */
export function judge(claim: Claim, reading: Reading): Verdict {
  const stands = standing(claim, reading);
  if (stands.kind !== "measured") return stands;
  if (lessEqual(claim.frontier, stands.at)) return { kind: "complete" };
  const { reasons } = stands.by;
  return {
    kind: "pending",
    remaining: [{ connector: claim.connector, lag: lag(claim.frontier, stands.at) }],
    reasons: reasons.length > 0 ? reasons : [PROCESSING],
  };
}

/**
 * The verdict on all claims together: lost beats unknown beats pending beats complete, and of two
 * lost or unknown ones the first in the list speaks. No claims at all are a programmer's error
 * (`RangeError`): nothing is never complete.
 */
export function judgeAll(
  claims: readonly Claim[],
  readingOf: (connector: ConnectorId) => Reading,
): Verdict {
  if (claims.length === 0) throw new RangeError("there must be a claim to judge");
  const remaining: Remaining[] = [];
  const reasons = new Map<string, PendingReason>();
  let unknownOne: Verdict | undefined;
  for (const claim of claims) {
    const verdict = judge(claim, readingOf(claim.connector));
    if (verdict.kind === "lost") return verdict;
    if (verdict.kind === "unknown") unknownOne ??= verdict;
    if (verdict.kind !== "pending") continue;
    remaining.push(...verdict.remaining);
    for (const reason of verdict.reasons) reasons.set(`${reason.code} ${reason.message}`, reason);
  }
  if (unknownOne !== undefined) return unknownOne;
  if (remaining.length === 0) return { kind: "complete" };
  return { kind: "pending", remaining, reasons: [...reasons.values()] };
}

/** What `judgeAll` answers where that is `complete` or `lost`; cheaper where it is not. */
export function finalVerdict(
  claims: readonly Claim[],
  readingOf: (connector: ConnectorId) => Reading,
): Verdict | undefined {
  let met = true;
  for (const claim of claims) {
    const stands = standing(claim, readingOf(claim.connector));
    if (stands.kind === "lost") return stands;
    met &&= stands.kind === "measured" && lessEqual(claim.frontier, stands.at);
  }
  return met ? { kind: "complete" } : undefined;
}

function lost(claim: Claim, reason: LostVerdict["reason"]): LostVerdict {
  return { kind: "lost", connector: claim.connector, reason, message: LOST_MESSAGES[reason] };
}

function unknown(claim: Claim, message: string): Extract<Verdict, { kind: "unknown" }> {
  return { kind: "unknown", connector: claim.connector, message };
}
