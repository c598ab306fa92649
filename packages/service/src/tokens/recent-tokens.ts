/** Recent tokens: between two batches many callers ask for the same one, and equal claims give equal tokens. */

import { type Progress, type RunningPipeline } from "@tidemark/connector";
import { type ConnectorId } from "@tidemark/core";

/** The last token of every connector; gone with its pipeline. */
export class RecentTokens {
  readonly #tokens = new WeakMap<RunningPipeline, Map<ConnectorId, [Progress, string]>>();

  /** The token of a position: the last one where the position is still the same object, else made anew. */
  of(
    running: RunningPipeline,
    connector: ConnectorId,
    position: Progress,
    seal: () => string,
  ): string {
    let tokens = this.#tokens.get(running);
    if (tokens === undefined) this.#tokens.set(running, (tokens = new Map()));
    const last = tokens.get(connector);
    if (last?.[0] === position) return last[1];
    const token = seal();
    tokens.set(connector, [position, token]);
    return token;
  }
}
