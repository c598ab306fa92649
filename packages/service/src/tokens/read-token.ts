/** Reading a caller's token: what it stands for, or one clear error. */

import { decodeToken, type Sealer, type Token } from "@tidemark/core";

import { invalidToken, pipelineRestarted } from "../errors/token.ts";

/** Reads a token of this pipeline; throws for any other text. */
export function readToken(
  text: string,
  pipelineId: string,
  options: { readonly sealer: Sealer; readonly maxTokenLength: number },
): Token {
  const { sealer, maxTokenLength } = options;
  if (text.length > maxTokenLength) {
    throw invalidToken(
      `it has ${text.length} characters, and the longest there are have ${maxTokenLength}`,
    );
  }
  const decoded = decodeToken(text, sealer);
  if (decoded.kind !== "token") throw invalidToken(decoded.message);
  if (decoded.token.pipeline !== pipelineId) {
    throw pipelineRestarted(decoded.token.pipeline, pipelineId);
  }
  return decoded.token;
}
