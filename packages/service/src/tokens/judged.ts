/** What a verdict is reached on: claims, and the pipeline whose board they are held against. */

import { type RunningPipeline } from "@tidemark/connector";
import { type Claim } from "@tidemark/core";

/** A token's claims, and where they are judged. */
export interface Judged {
  readonly pipeline: string;
  readonly running: RunningPipeline;
  readonly claims: readonly Claim[];
}

/** Resolves once the board holds readings of all the claims' connectors that began after the call. */
export async function refreshed({ running, claims }: Judged, signal: AbortSignal): Promise<void> {
  await running.refresh?.(claims, { signal });
}

/** Has readings kept coming while someone waits for these claims; answers how to let go. */
export function attended({ running, claims }: Judged): () => void {
  return running.attend?.(claims) ?? (() => {});
}
