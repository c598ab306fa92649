/** Claims: every token of a history, what it covers, and the laws that its verdicts keep. */

import { type Api, asRecord, type JsonRecord } from "./api.ts";
import { joinedBounds, type RejectBounds, requireCounted } from "./reject-bounds.ts";

/** How long it may take until nothing changes any more. */
const SETTLE_MS = 60_000;

/** Why a token is lost: as the details of the answer say it, or its code where they say nothing. */
type LossReason = "dropped" | "beyond-end" | "cut-back" | "PipelineRestarted";

/** What a token covers, as the history knows it; nothing here comes from the server. */
export interface Coverage {
  /** What the token covers and nobody has processed by now, in words. */
  missing(): Promise<readonly string[]>;
  /** By what it may be lost, in the words of the answer; none where nothing happened that loses what it covers. */
  lostBy(): Promise<readonly LossReason[]>;
  /** True where it can't be met any more, as far as progress itself shows: then it is not pending. */
  isDoomed(): boolean;
  /** True once its number line has ended: then it may be lost although it was complete. */
  lineEnded(): boolean;
  /** How often progress was moved back so far; a verdict may fall back only with it. */
  movesBack(): number;
  /** How many rejected records it counts when it is complete; absent where another engine reads. */
  rejected?(): readonly RejectBounds[];
  /** Reasons of which one must be named where the claim is pending for good; none if it may not be. */
  holdsUp(): readonly string[];
}

/** A token, and what was last said of it. */
export interface Claim {
  readonly token: string;
  readonly about: string;
  readonly coverage: Coverage;
  said: Verdict | undefined;
}

/** What the server says of a token. */
export type Verdict =
  | { readonly kind: "complete"; readonly movesBack: number; readonly rejected: unknown }
  | { readonly kind: "pending"; readonly codes: readonly string[] }
  | { readonly kind: "lost"; readonly by: string }
  | { readonly kind: "unknown" };

/** The tokens of one pipeline. */
export class Claims {
  readonly all: Claim[] = [];
  readonly #api: Api;
  readonly #pipeline: string;

  constructor(api: Api, pipeline: string) {
    this.#api = api;
    this.#pipeline = `/v0/pipelines/${pipeline}`;
  }

  /** Keeps a token that was issued. */
  add(token: string, about: string, coverage: Coverage): Claim {
    const claim: Claim = { token, about, coverage, said: undefined };
    this.all.push(claim);
    return claim;
  }

  /** Has several joined: the joined one covers what each does. Undefined where the server is not there. */
  async join(some: readonly Claim[]): Promise<Claim | undefined> {
    const body = { tokens: some.map(({ token }) => token) };
    const path = `${this.#pipeline}/completion_tokens:join`;
    const outcome = await this.#api.ask(path, { method: "POST", body });
    if (outcome.kind === "died" || outcome.status === 503) return undefined;
    if (outcome.status !== 200) throw unexpected("a join", outcome);
    const coverages = some.map(({ coverage }) => coverage);
    return this.add(
      String(outcome.body["token"]),
      `all of: ${some.map(({ about }) => about).join("; ")}`,
      {
        missing: async () => (await Promise.all(coverages.map((one) => one.missing()))).flat(),
        lostBy: async () => (await Promise.all(coverages.map((one) => one.lostBy()))).flat(),
        isDoomed: () => coverages.some((one) => one.isDoomed()),
        lineEnded: () => coverages.some((one) => one.lineEnded()),
        movesBack: () => coverages.reduce((sum, one) => sum + one.movesBack(), 0),
        rejected: () => joinedBounds(coverages.flatMap((one) => one.rejected?.() ?? [])),
        holdsUp: () => coverages.flatMap((one) => one.holdsUp()),
      },
    );
  }

  /** Asks for a verdict and holds it against what happened; throws where it breaks a law. */
  async check(claim: Claim, waitSeconds?: number): Promise<Verdict> {
    const path = `${this.#pipeline}/completion_status?token=${claim.token}`;
    const before = claim.coverage.movesBack();
    const asked = waitSeconds === undefined ? {} : { waitSeconds };
    const outcome = await this.#api.ask(path, asked);
    const verdict: Verdict =
      outcome.kind === "died" ? { kind: "unknown" } : verdictOf(outcome, before);
    await keepsTheLaws(claim, verdict);
    if (verdict.kind !== "unknown") claim.said = verdict;
    return verdict;
  }

  /** Waits until every claim has come to its end; throws for the first that does not in good time. */
  async settle(): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    for (const claim of this.all) {
      // What was said while things still went on counts no more.
      if (claim.said?.kind === "pending") claim.said = undefined;
      for (await this.check(claim); ; await this.check(claim, 1)) {
        const why = await unsettled(claim);
        if (why === undefined) break;
        if (Date.now() > deadline) throw new Error(why);
      }
    }
  }
}

/** An answer that nothing in the history explains. */
export function unexpected(
  to: string,
  { status, body }: { readonly status: number; readonly body: JsonRecord },
): Error {
  return new Error(`${to} was answered ${status} ${JSON.stringify(body)}`);
}

function verdictOf(
  answer: { readonly status: number; readonly body: JsonRecord },
  movesBack: number,
): Verdict {
  const { status, body } = answer;
  const code = String(body["error_code"]);
  if (status === 200 && body["status"] === "complete") {
    return { kind: "complete", movesBack, rejected: body["rejected"] };
  }
  if (status === 202 && body["status"] === "inprogress") {
    return { kind: "pending", codes: codesOf(body) };
  }
  if (status === 503) return { kind: "unknown" };
  if (status === 410 && code !== "Terminating") {
    const { reason } = asRecord(body["details"]);
    return { kind: "lost", by: typeof reason === "string" ? reason : code };
  }
  throw unexpected("a token", answer);
}

function codesOf(body: JsonRecord): readonly string[] {
  const { reasons, remaining } = body;
  const codes = Array.isArray(reasons) ? reasons.map((one) => String(asRecord(one)["code"])) : [];
  if (codes.length === 0) throw new Error(`pending without a reason: ${JSON.stringify(body)}`);
  if (Number(remaining) < 1) throw new Error(`pending with nothing left: ${JSON.stringify(body)}`);
  return codes;
}

async function keepsTheLaws({ about, coverage, said }: Claim, verdict: Verdict): Promise<void> {
  const wrong = (what: string): Error => new Error(`${what}: a token for ${about}`);
  switch (verdict.kind) {
    case "complete": {
      const missing = await coverage.missing();
      if (missing.length > 0) throw wrong(`FALSE COMPLETE, without ${missing.join(", ")}`);
      if (isLostForEver(said)) throw wrong("lost, and then complete");
      const uncounted = requireCounted(verdict.rejected, coverage.rejected?.() ?? []);
      if (uncounted !== undefined) throw wrong(`FALSE COMPLETE, ${uncounted}`);
      break;
    }
    case "pending":
      if (said?.kind === "complete" && said.movesBack === coverage.movesBack()) {
        throw wrong(`complete, and then pending (${verdict.codes.join(", ")})`);
      }
      if (isLostForEver(said)) throw wrong("lost, and then pending");
      if (coverage.isDoomed())
        throw wrong(`pending (${verdict.codes.join(", ")}) and can't be met`);
      break;
    case "lost":
      if (!(await coverage.lostBy()).some((reason) => reason === verdict.by)) {
        throw wrong(`lost (${verdict.by}) although nothing loses it so`);
      }
      if (coverage.lineEnded()) break;
      if (said?.kind === "complete" && said.movesBack === coverage.movesBack()) {
        throw wrong(`complete, and then lost (${verdict.by})`);
      }
      break;
    case "unknown":
      break;
    default:
      throw new TypeError(`no verdict ${String(verdict satisfies never)}`);
  }
}

/** What was dropped before an engine came to it is behind it once it has committed beyond. */
function isLostForEver(said: Verdict | undefined): boolean {
  return said?.kind === "lost" && said.by !== "dropped";
}

/** Why a claim has not come to what it must when nothing happens any more; undefined where it has. */
async function unsettled({ about, coverage, said }: Claim): Promise<string | undefined> {
  if (said?.kind === "complete" || said?.kind === "lost") return undefined;
  const reasons = coverage.holdsUp();
  if (said?.kind === "pending" && reasons.some((code) => said.codes.includes(code))) {
    return undefined;
  }
  const missing = await coverage.missing();
  const state = said === undefined ? "unjudged" : JSON.stringify(said);
  const why = reasons.length === 0 ? "" : `, which should name ${reasons.join(" or ")}`;
  const lacking = missing.length === 0 ? "all is processed" : `without ${missing.join(", ")}`;
  return `it ends ${state}${why} (${lacking}): a token for ${about}`;
}
