/** A token: opaque text standing for claims on one pipeline. */

import { type Claim } from "./claim.ts";

/** What a token stands for. */
export interface Token {
  /** The pipeline's UUID in lower-case text. */
  readonly pipeline: string;
  /** Canonical: sorted, and joined so that no connector, incarnation and level stands twice. */
  readonly claims: readonly Claim[];
}

/** Authenticates bodies by keys known by number (0 to 255). */
export interface Sealer {
  /** The key that new tokens are sealed with. */
  readonly currentKeyId: number;
  /** The first 16 bytes of the key's HMAC-SHA-256 of the body; undefined for a key it does not hold. */
  mac(keyId: number, body: Uint8Array): Uint8Array | undefined;
}

/** What decoding answers. */
export type DecodedToken =
  | { readonly kind: "token"; readonly token: Token }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "forged"; readonly message: string };

/** Writes the one text of a token under the sealer's current key. */
export function encodeToken(_token: Token, _sealer: Sealer): string {
  throw new Error("pending");
}

/** Reads any text at all: answers the token, or says what is wrong with it; never throws. */
export function decodeToken(_text: string, _sealer: Sealer): DecodedToken {
  throw new Error("pending");
}

/** The token that is complete exactly when all of these are; all must be of one pipeline. */
export function joinTokens(_tokens: readonly Token[]): Token {
  throw new Error("pending");
}
