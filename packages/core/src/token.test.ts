/** Laws of tokens. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { connectorId } from "./claim.ts";
import { canonicalClaims } from "./claims.ts";
import { frontier } from "./frontier.ts";
import { incarnation } from "./incarnation.ts";
import { judgeAll } from "./judge.ts";
import { MAX_OFFSET } from "./offset.ts";
import { anyTokens, readings, smallClaims } from "./testing/generators.ts";
import { claimOf } from "./testing/observing.ts";
import { openSealer, toySealer } from "./testing/toy-sealer.ts";
import { decodeToken, encodeToken, joinTokens, MAX_TOKEN_LENGTH, type Token } from "./token.ts";

const PIPELINE = "0f8fad5b-d9cb-469f-a165-70867728950e";

const smallTokens: fc.Arbitrary<Token> = fc
  .array(smallClaims, { minLength: 1, maxLength: 4 })
  .map((claims) => ({ pipeline: PIPELINE, claims }));

function canonical({ pipeline, claims }: Token): Token {
  return { pipeline, claims: canonicalClaims(claims) };
}

describe("one text", () => {
  test("L13: a token comes back from its text as its canonical claims", () => {
    fc.assert(
      fc.property(anyTokens, (token) => {
        const text = encodeToken(token, toySealer);
        expect(text).toMatch(/^ct1_[A-Za-z0-9_-]+$/u);
        expect(decodeToken(text, toySealer)).toEqual({ kind: "token", token: canonical(token) });
      }),
      { numRuns: 300 },
    );
  });

  test("L6: equal claims give equal tokens, in whatever order and pieces they are given", () => {
    const pieces = fc.tuple(smallTokens, fc.infiniteStream(fc.boolean())).map(([token, split]) => {
      const cut = token.claims.flatMap((claim) =>
        [...claim.frontier.positions].toReversed().map((position) => ({
          ...claim,
          frontier: split.next().value === true ? claim.frontier : frontier([position]),
        })),
      );
      return { token, again: { ...token, claims: [...cut, ...token.claims].toReversed() } };
    });
    fc.assert(
      fc.property(pieces, ({ token, again }) => {
        expect(encodeToken(again, toySealer)).toBe(encodeToken(token, toySealer));
      }),
    );
  });

  test("L6: different claims give different tokens", () => {
    fc.assert(
      fc.property(smallTokens, smallTokens, (a, b) => {
        const same =
          JSON.stringify(canonical(a), bigintText) === JSON.stringify(canonical(b), bigintText);
        expect(encodeToken(a, toySealer) === encodeToken(b, toySealer)).toBe(same);
      }),
    );
  });

  test("L13: the longest connector ids and incarnations come back", () => {
    const longest = { connector: "c".repeat(255), incarnation: "é".repeat(255) };
    const token = { pipeline: PIPELINE, claims: [claimOf({ "0": 1 }, longest)] };
    const text = encodeToken(token, toySealer);
    expect(decodeToken(text, toySealer)).toEqual({ kind: "token", token });
  });

  test("L13: padding at the end is ignored", () => {
    const text = encodeToken({ pipeline: PIPELINE, claims: [claimOf({ "0": 1 })] }, toySealer);
    for (const padding of ["=", "==", "==="]) {
      expect(decodeToken(text + padding, toySealer)).toEqual(decodeToken(text, toySealer));
    }
  });

  test("L13: a token sealed with an earlier key is read as long as that key is held", () => {
    const token = { pipeline: PIPELINE, claims: [claimOf({ "0": 1 })] };
    const early = encodeToken(token, { ...toySealer, currentKeyId: 1 });
    expect(early).not.toBe(encodeToken(token, toySealer));
    expect(decodeToken(early, toySealer)).toEqual({ kind: "token", token });
    expect(decodeToken(encodeToken(token, openSealer), toySealer)).toEqual({
      kind: "forged",
      message: "it is sealed with key 7, which this server does not hold",
    });
  });
});

describe("size", () => {
  const connector = connectorId("AbCdEfGhIjK");
  const life = incarnation("0123456789abcdef");
  const sealedLength = (positions: readonly (readonly [string, bigint])[]): number => {
    const claim = { connector, incarnation: life, frontier: frontier(positions) };
    const token = { pipeline: PIPELINE, claims: [{ ...claim, level: "delivered" as const }] };
    return encodeToken(token, toySealer).length;
  };

  test("L13: a token of one partition has less than 128 characters, whatever its offset", () => {
    const names = fc.constantFrom("0", "999999999", "orders.csv", "");
    const offsets = fc.oneof(fc.bigInt({ min: 0n, max: MAX_OFFSET }), fc.constant(MAX_OFFSET));
    fc.assert(
      fc.property(names, offsets, (name, value) => {
        expect(sealedLength([[name, value]])).toBeLessThan(128);
      }),
    );
  });

  test("L13: a token of 1,000 numbered partitions stays below 8 KiB up to offset 2^41", () => {
    const apart = Array.from(
      { length: 1000 },
      (_, i) => [String(i), i % 2 === 0 ? 1n : 2n ** 41n] as const,
    );
    expect(sealedLength(apart)).toBeLessThan(8192);
  });
});

describe("joined", () => {
  test("L6: joining is associative, commutative and idempotent", () => {
    fc.assert(
      fc.property(smallTokens, smallTokens, smallTokens, (a, b, c) => {
        const left = joinTokens([joinTokens([a, b]), c]);
        expect(left).toEqual(joinTokens([a, joinTokens([b, c])]));
        expect(left).toEqual(joinTokens([c, b, a]));
        expect(joinTokens([a, a])).toEqual(joinTokens([a]));
        expect(joinTokens([a])).toEqual(canonical(a));
      }),
    );
  });

  test("L6: a joined token is complete exactly when all its parts are", () => {
    const tokens = fc.array(smallTokens, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(tokens, fc.array(readings, { maxLength: 3 }), (parts, all) => {
        const board = new Map(all.map((reading) => [reading.connector, reading]));
        const kind = ({ claims }: Token) => judgeAll(claims, (id) => board.get(id)).kind;
        const each = parts.every((part) => kind(part) === "complete");
        expect(kind(joinTokens(parts)) === "complete").toBe(each);
      }),
      { numRuns: 300 },
    );
  });

  test("L5: a token that went through text gets the same verdict from the same readings", () => {
    fc.assert(
      fc.property(smallTokens, fc.array(readings, { maxLength: 3 }), (token, all) => {
        const board = new Map(all.map((reading) => [reading.connector, reading]));
        const decoded = decodeToken(encodeToken(token, toySealer), toySealer);
        const claims = decoded.kind === "token" ? decoded.token.claims : [];
        const here = judgeAll(canonicalClaims(token.claims), (id) => board.get(id));
        expect(judgeAll(claims, (id) => board.get(id))).toEqual(here);
      }),
    );
  });

  test("no tokens, or tokens of different pipelines, are not joined", () => {
    const token = { pipeline: PIPELINE, claims: [claimOf({ "0": 1 })] };
    expect(() => joinTokens([])).toThrow(RangeError);
    const other = { ...token, pipeline: "f".repeat(8) };
    expect(() => joinTokens([token, other])).toThrow(/different pipelines/u);
  });
});

describe("programmer's errors", () => {
  const claims = [claimOf({ "0": 1 })];

  test("L1: a token without claims is never made", () => {
    expect(() => encodeToken({ pipeline: PIPELINE, claims: [] }, toySealer)).toThrow(RangeError);
  });

  test("a pipeline is a UUID in lower case", () => {
    for (const pipeline of ["", "p1", PIPELINE.toUpperCase(), PIPELINE.replaceAll("-", "")]) {
      expect(() => encodeToken({ pipeline, claims }, toySealer)).toThrow(/must be a UUID/u);
    }
  });

  test("the sealer holds its current key, numbered from 0 to 255, and seals with 16 bytes", () => {
    const token = { pipeline: PIPELINE, claims };
    for (const currentKeyId of [-1, 256, 1.5]) {
      expect(() => encodeToken(token, { ...toySealer, currentKeyId })).toThrow(/from 0 to 255/u);
    }
    expect(() => encodeToken(token, { ...toySealer, currentKeyId: 9 })).toThrow(/16 bytes/u);
    const long = { ...toySealer, mac: () => new Uint8Array(32) };
    expect(() => encodeToken(token, long)).toThrow(/16 bytes/u);
  });

  test("what would not be read again is not written", () => {
    const name = "p".repeat(MAX_TOKEN_LENGTH);
    const token = { pipeline: PIPELINE, claims: [claimOf({ [name]: 1 })] };
    expect(() => encodeToken(token, toySealer)).toThrow(/at most 1048576 are allowed/u);
  });
});

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
