/** Reading several tokens of one request. */

import { invalidParam } from "../errors/token.ts";
import { ServiceError } from "../service-error.ts";
import { type Judged } from "./judged.ts";
import { readToken, type ReadTokenOptions } from "./read-token.ts";

/** One of several tokens: what it claims, or why that is not of this pipeline's life any more. */
export type SeveralEntry = Judged | ServiceError;

/** Refuses none, and more than are allowed; `toDo` is the verb of what they are for. */
export function requireNumber(texts: readonly string[], maximum: number, toDo: string): void {
  if (texts.length === 0) throw invalidParam(`there are no tokens to ${toDo}`);
  if (texts.length <= maximum) return;
  throw invalidParam(
    `${texts.length} tokens are too many to ${toDo}; the most allowed is ${maximum}`,
  );
}

/** Reads tokens: one of another life is lost, which is no fault of the others; throws for no token. */
export function readSeveral(
  texts: readonly string[],
  at: Omit<Judged, "claims">,
  pipelineId: string,
  options: Omit<ReadTokenOptions, "where">,
): readonly SeveralEntry[] {
  return texts.map((text, index) => {
    const where = `item ${index} of 'tokens' is an `;
    try {
      return { ...at, claims: readToken(text, pipelineId, { ...options, where }).claims };
    } catch (error) {
      if (error instanceof ServiceError && error.reason === "PipelineRestarted") return error;
      throw error;
    }
  });
}
