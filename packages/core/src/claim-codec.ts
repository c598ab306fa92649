/** Claims in bytes: the middle of a token's body. */

import { type ByteReader, MalformedError } from "./byte-reader.ts";
import { type ByteWriter } from "./byte-writer.ts";
import { type Claim, connectorId } from "./claim.ts";
import { compareClaims } from "./claims.ts";
import { incarnation } from "./incarnation.ts";
import { type Level, LEVELS } from "./level.ts";
import { readFrontier, writeFrontier } from "./partition-codec.ts";
import { readSpans, writeSpans } from "./span-codec.ts";

const MOST_CHARACTERS = 255;

/**
 * How claims are written: `whole` ones count rejects everywhere below their frontiers, `spanned` ones
 * say where, too.
 */
export type ClaimForm = "whole" | "spanned";

/** The form that holds all of these claims in the fewest bytes. */
export function formOf(claims: readonly Claim[]): ClaimForm {
  return claims.some(({ spans }) => spans !== undefined) ? "spanned" : "whole";
}

/**
 * Writes canonical claims: their number, and of each its connector, incarnation, level and frontier,
 * then, where they are spanned, its spans.
 */
export function writeClaims(writer: ByteWriter, claims: readonly Claim[], form: ClaimForm): void {
  writer.uint(claims.length);
  for (const claim of claims) {
    writer.text(claim.connector);
    writer.text(claim.incarnation);
    writer.byte(LEVELS.indexOf(claim.level));
    writeFrontier(writer, claim.frontier);
    if (form === "spanned") writeSpans(writer, claim);
  }
}

/** Reads claims; throws `MalformedError` for anything that `writeClaims` does not write. */
export function readClaims(reader: ByteReader, form: ClaimForm): readonly Claim[] {
  const count = reader.uint();
  if (count === 0) throw new MalformedError("it claims nothing");
  const claims: Claim[] = [];
  let last: Claim | undefined;
  while (claims.length < count) {
    const claim = readClaim(reader, form);
    if (last !== undefined && compareClaims(last, claim) >= 0) {
      throw new MalformedError("its claims are not in order");
    }
    claims.push(claim);
    last = claim;
  }
  if (formOf(claims) !== form)
    throw new MalformedError("its claims are not in their shortest form");
  return claims;
}

function readClaim(reader: ByteReader, form: ClaimForm): Claim {
  const claim: Claim = {
    connector: connectorId(readId(reader, "a connector")),
    incarnation: incarnation(readId(reader, "an incarnation")),
    level: readLevel(reader),
    frontier: readFrontier(reader),
  };
  if (form === "whole") return claim;
  const spans = readSpans(reader, claim.frontier);
  return spans === undefined ? claim : { ...claim, spans };
}

function readId(reader: ByteReader, what: string): string {
  const text = reader.text();
  if (text.length >= 1 && text.length <= MOST_CHARACTERS) return text;
  throw new MalformedError(`${what} in it does not have 1 to 255 characters`);
}

function readLevel(reader: ByteReader): Level {
  const level = LEVELS[reader.byte()];
  if (level === undefined) throw new MalformedError("a level in it is unknown");
  return level;
}
