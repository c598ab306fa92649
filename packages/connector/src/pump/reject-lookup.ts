/** Looking rejects up: what claims count is read again only when something more was rejected. */

import { type Claim } from "@tidemark/core";

import { type TokenRejects } from "../reject.ts";
import { rejectedOf, type RejectSources } from "./rejected-of.ts";

interface Answer {
  readonly version: number;
  readonly processed: bigint;
  readonly limit: number;
  readonly rejects: Promise<TokenRejects>;
}

/** Keeps the last answer for every list of claims that somebody still holds, such as a watch. */
export class RejectLookup {
  readonly #sources: () => Omit<RejectSources, "limit">;
  readonly #answers = new WeakMap<readonly Claim[], Answer>();

  constructor(sources: () => Omit<RejectSources, "limit">) {
    this.#sources = sources;
  }

  /** What the claims count by now, and the first `limit` of it. */
  of(claims: readonly Claim[], limit: number): Promise<TokenRejects> {
    const sources = this.#sources();
    const { version } = sources.rejects;
    // Which steps claims are about can change with every step, and only outputs' rejects go by steps.
    const processed = sources.rejects.hasOutputs ? sources.processed : 0n;
    const last = this.#answers.get(claims);
    if (last?.version === version && last.processed === processed && last.limit === limit) {
      return last.rejects;
    }
    const rejects = rejectedOf(claims, { ...sources, limit });
    this.#answers.set(claims, { version, processed, limit, rejects });
    // What failed once is asked again.
    rejects.catch(() => this.#answers.delete(claims));
    return rejects;
  }
}
