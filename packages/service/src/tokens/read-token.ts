/** Reading a caller's token: what it stands for, or one clear error. */

import { decodeToken, type Sealer, type Token } from "@tidemark/core";

import { invalidToken, pipelineRestarted } from "../errors/token.ts";

/** What a token is read with. */
export interface ReadTokenOptions {
  readonly sealer: Sealer;
  readonly maxTokenLength: number;
  /** Which one it is among several, to stand before "invalid completion token". */
  readonly where?: string;
}

/** Reads a token of this pipeline; throws for any other text. */
export function readToken(text: string, pipelineId: string, options: ReadTokenOptions): Token {
  const { sealer, maxTokenLength, where } = options;
  if (text.length > maxTokenLength) {
    throw invalidToken(
      `it has ${text.length} characters, and the longest there are have ${maxTokenLength}`,
      where,
    );
  }
  const decoded = decodeToken(text, sealer);
  if (decoded.kind !== "token") throw invalidToken(decoded.message, where);
  if (decoded.token.pipeline !== pipelineId) {
    throw pipelineRestarted(decoded.token.pipeline, pipelineId);
  }
  return decoded.token;
}
