/** A token: opaque text standing for claims on one pipeline. */

import { fromBase64url, toBase64url } from "./base64url.ts";
import { ByteReader, MalformedError } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type Claim } from "./claim.ts";
import { type ClaimForm, formOf, readClaims, writeClaims } from "./claim-codec.ts";
import { canonicalClaims } from "./claims.ts";
import { readUuid, writeUuid } from "./uuid.ts";

/** What a token stands for. */
export interface Token {
  /** The pipeline's UUID in lower-case text. */
  readonly pipeline: string;
  /** Canonical: sorted, and joined so that no connector, incarnation and level stands twice. */
  readonly claims: readonly Claim[];
}

/**
 * Authenticates bodies by keys known by number (0 to 255). To change keys: let every server hold the
 * new one, then make it current everywhere, and drop the old one when its tokens may be refused. A
 * number never names another key.
 * @example
 * const sealer: Sealer = {
 *   currentKeyId: 1,
 *   mac: (keyId, body) => {
 *     const key = keys.get(keyId); // a KeyObject of at least 32 random bytes
 *     return key && createHmac("sha256", key).update(body).digest().subarray(0, 16);
 *   },
 * };
 */
export interface Sealer {
  /** The key that new tokens are sealed with; `mac` must hold it. */
  readonly currentKeyId: number;
  /**
   * The first 16 bytes of the key's HMAC-SHA-256 of the body; undefined for a key it does not hold.
   * Called once for each token written or read; it must neither keep nor change the body.
   */
  mac(keyId: number, body: Uint8Array): Uint8Array | undefined;
}

/** What decoding answers. */
export type DecodedToken =
  | { readonly kind: "token"; readonly token: Token }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "forged"; readonly message: string };

/** The longest text that is a token, in characters. */
export const MAX_TOKEN_LENGTH: number = 1_048_576;

const PREFIX = "ct1_";
/** By the first byte of the body; a version is never given another meaning. */
const VERSIONS: Readonly<Record<ClaimForm, number>> = { whole: 1, spanned: 2 };
const HEADER_BYTES = 18;
const MAC_BYTES = 16;

/**
 * Writes the one text of a token under the sealer's current key: equal claims in any order give
 * equal texts. A programmer's error (`RangeError`) are: no claims, a pipeline that is not a UUID, a
 * sealer that does not hold its current key, and more than fits into `MAX_TOKEN_LENGTH`.
 */
export function encodeToken(token: Token, sealer: Sealer): string {
  if (token.claims.length === 0) throw new RangeError("a token must have a claim");
  const claims = canonicalClaims(token.claims);
  const form = formOf(claims);
  const writer = new ByteWriter();
  writer.byte(VERSIONS[form]);
  writer.byte(keyId(sealer.currentKeyId));
  writeUuid(writer, token.pipeline);
  writeClaims(writer, claims, form);
  const mac = sealer.mac(sealer.currentKeyId, writer.written());
  if (mac?.length !== MAC_BYTES) {
    throw new RangeError(`the sealer must answer 16 bytes for its current key, got ${mac?.length}`);
  }
  writer.bytes(mac);
  const text = PREFIX + toBase64url(writer.written());
  if (text.length > MAX_TOKEN_LENGTH) throw new RangeError(tooLong(text));
  return text;
}

/**
 * Reads any text at all: answers the token, or says what is wrong with it; never throws. `malformed`
 * is no token of any server; `forged` has the form of one, and not the seal of a key we hold. The
 * seal is checked before the content is looked at.
 */
export function decodeToken(text: string, sealer: Sealer): DecodedToken {
  if (text === "") return malformed("it is empty");
  if (text.length > MAX_TOKEN_LENGTH) return malformed(tooLong(text));
  if (!text.startsWith(PREFIX)) return malformed(`it does not begin with "${PREFIX}"`);
  const decoded = fromBase64url(text, PREFIX.length);
  if (decoded.kind === "malformed") return decoded;
  const { bytes } = decoded;
  if (bytes.length <= HEADER_BYTES + MAC_BYTES) return malformed("it is cut off");
  const form = formOfVersion(bytes[0]);
  if (form === undefined) return malformed(`its version is ${bytes[0]}, known are 1 and 2`);
  const body = bytes.subarray(0, -MAC_BYTES);
  const key = bytes[1] ?? 0;
  const mac = sealer.mac(key, body);
  if (mac === undefined)
    return forged(`it is sealed with key ${key}, which this server does not hold`);
  if (!endsWith(bytes, mac)) {
    return forged("its seal does not fit: it was altered, cut off or made by another server");
  }
  return decodeBody(body, form);
}

/**
 * The token that is complete exactly when all of these are. A programmer's error (`RangeError`) are
 * an empty list and tokens of different pipelines.
 */
export function joinTokens(tokens: readonly Token[]): Token {
  const [first] = tokens;
  if (first === undefined) throw new RangeError("there must be a token to join");
  const stranger = tokens.find(({ pipeline }) => pipeline !== first.pipeline);
  if (stranger !== undefined) {
    throw new RangeError(
      `tokens of different pipelines can't be joined: ${first.pipeline} and ${stranger.pipeline}`,
    );
  }
  return {
    pipeline: first.pipeline,
    claims: canonicalClaims(tokens.flatMap(({ claims }) => claims)),
  };
}

function formOfVersion(version: number | undefined): ClaimForm | undefined {
  if (version === VERSIONS.whole) return "whole";
  return version === VERSIONS.spanned ? "spanned" : undefined;
}

function decodeBody(body: Uint8Array, form: ClaimForm): DecodedToken {
  const reader = new ByteReader(body.subarray(2));
  try {
    const pipeline = readUuid(reader);
    const claims = readClaims(reader, form);
    if (reader.remaining > 0)
      return malformed(`${reader.remaining} bytes too many follow its claims`);
    return { kind: "token", token: { pipeline, claims } };
  } catch (error) {
    if (error instanceof MalformedError) return malformed(error.message);
    throw error;
  }
}

/** Takes as long whichever bytes of the seal differ. */
function endsWith(bytes: Uint8Array, mac: Uint8Array): boolean {
  if (mac.length !== MAC_BYTES) return false;
  const start = bytes.length - MAC_BYTES;
  let difference = 0;
  for (let i = 0; i < MAC_BYTES; i++) difference |= (bytes[start + i] ?? 0) ^ (mac[i] ?? 0);
  return difference === 0;
}

function keyId(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value;
  throw new RangeError(`a key id must be from 0 to 255, got ${value}`);
}

function tooLong(text: string): string {
  return `it has ${text.length} characters, at most ${MAX_TOKEN_LENGTH} are allowed`;
}

function malformed(message: string): DecodedToken {
  return { kind: "malformed", message };
}

function forged(message: string): DecodedToken {
  return { kind: "forged", message };
}
