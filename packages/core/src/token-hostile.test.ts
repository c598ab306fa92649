/** Texts that are not our tokens. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fromBase64url, toBase64url } from "./base64url.ts";
import { ByteWriter } from "./byte-writer.ts";
import { anyTokens } from "./testing/generators.ts";
import { claimOf } from "./testing/observing.ts";
import { openSealer, toySealer } from "./testing/toy-sealer.ts";
import { decodeToken, encodeToken, MAX_TOKEN_LENGTH } from "./token.ts";

const PIPELINE = "0f8fad5b-d9cb-469f-a165-70867728950e";
const TEXT = encodeToken(
  { pipeline: PIPELINE, claims: [claimOf({ "0": 7, "1": 5, orders: 3, "orders-2": 300 })] },
  toySealer,
);

function bytesOf(text: string): Uint8Array {
  const decoded = fromBase64url(text, 4);
  return decoded.kind === "bytes" ? decoded.bytes : new Uint8Array();
}

describe("any text", () => {
  test("L10: any text is a token, malformed or forged, and never throws", () => {
    const near = fc.string({
      unit: fc.constantFrom("A", "Q", "I", "ct1_", "_", "=", "+", " ", "é", "\ud800"),
    });
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      near,
      near.map((rest) => `ct1_${rest}`),
      fc.base64String().map((rest) => `ct1_${rest}`),
      fc.uint8Array({ maxLength: 90 }).map((bytes) => `ct1_${toBase64url(bytes)}`),
      fc.uint8Array({ maxLength: 90 }).map((bytes) => `ct1_AQI${toBase64url(bytes)}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const decoded = decodeToken(text, toySealer);
        expect(["malformed", "forged"]).toContain(decoded.kind);
      }),
      { numRuns: 2000 },
    );
  });

  test("L10: a text of a million characters gets its one clear answer", () => {
    const tooLong = "it has 1048577 characters, at most 1048576 are allowed";
    for (const unit of ["A", "=", "é", " "]) {
      const text = `ct1_${unit.repeat(MAX_TOKEN_LENGTH - 3)}`;
      expect(decodeToken(text, toySealer)).toEqual({ kind: "malformed", message: tooLong });
      expect(decodeToken(text.slice(1), toySealer).kind).toBe("malformed");
      const longest = decodeToken(text.slice(0, -1), toySealer);
      expect(longest.kind).toBe("malformed");
      expect(longest).not.toMatchObject({ message: expect.stringContaining("at most") });
    }
    const version1 = `ct1_AQI${"A".repeat(MAX_TOKEN_LENGTH - 8)}`;
    expect(decodeToken(version1, toySealer).kind).toBe("forged");
  });

  test.each([
    ["", "it is empty"],
    ["token", 'it does not begin with "ct1_"'],
    [`CT1_${TEXT.slice(4)}`, 'it does not begin with "ct1_"'],
    [`ct1_`, "it is cut off"],
    [`${TEXT} `, `character ${TEXT.length + 1} is " ", only A-Z, a-z, 0-9, - and _ are allowed`],
    [`ct1_Aw${TEXT.slice(6)}`, "its version is 3, known are 1 and 2"],
    [TEXT.slice(0, 30), "it is cut off"],
  ])("L10: %j is malformed, with what is wrong and where", (text, message) => {
    expect(decodeToken(text, toySealer)).toEqual({ kind: "malformed", message });
  });
});

describe("altered tokens", () => {
  test("L10: a token of which any byte is altered is refused", () => {
    const bytes = bytesOf(TEXT);
    for (const [at, byte] of bytes.entries()) {
      for (const other of [byte ^ 1, byte ^ 0x80, (byte + 7) & 255]) {
        const altered = Uint8Array.from(bytes);
        altered[at] = other;
        const decoded = decodeToken(`ct1_${toBase64url(altered)}`, toySealer);
        expect(decoded.kind).toBe(at === 0 ? "malformed" : "forged");
      }
    }
  });

  test("L10: a token that is cut off or goes on after its end is refused", () => {
    for (let length = 0; length < TEXT.length; length++) {
      expect(decodeToken(TEXT.slice(0, length), toySealer).kind).not.toBe("token");
    }
    fc.assert(
      fc.property(fc.base64String({ minLength: 1 }), (more) => {
        const text = TEXT + more;
        fc.pre(!/^=*$/u.test(more));
        expect(decodeToken(text, toySealer).kind).not.toBe("token");
      }),
    );
  });

  test("a seal of another length than 16 bytes is no seal", () => {
    const sealer = { ...toySealer, mac: () => new Uint8Array(15) };
    expect(decodeToken(TEXT, sealer).kind).toBe("forged");
  });
});

describe("bodies with the right seal", () => {
  test("L13: a body is read only if it is the one that its claims are written as", () => {
    const mutations = fc.array(
      fc.tuple(fc.nat({ max: 200 }), fc.oneof(fc.nat({ max: 255 }), fc.nat({ max: 3 }))),
      { maxLength: 3 },
    );
    const cuts = fc.record({ drop: fc.nat({ max: 3 }), at: fc.nat({ max: 200 }) });
    let read = 0;
    fc.assert(
      fc.property(anyTokens, mutations, cuts, (token, changes, { drop, at }) => {
        const bytes = [...bytesOf(encodeToken(token, openSealer))].slice(0, -16);
        for (const [where, value] of changes) bytes[18 + (where % (bytes.length - 18))] = value;
        bytes.splice(18 + (at % (bytes.length - 18)), changes.length > 0 ? 0 : drop);
        const text = `ct1_${toBase64url(Uint8Array.from([...bytes, ...new Uint8Array(16)]))}`;
        const decoded = decodeToken(text, openSealer);
        if (decoded.kind !== "token") return;
        read++;
        expect(encodeToken(decoded.token, openSealer)).toBe(text);
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  const id = [1, 99, 1, 105];
  const one = [...id, 2, 0, 0];
  test.each([
    ["it claims nothing", [0]],
    ["it is cut off", [1]],
    ["it is cut off", [1, 9, 99]],
    ["a connector in it does not have 1 to 255 characters", [1, 0, 1, 105, 2, 0, 0]],
    ["an incarnation in it does not have 1 to 255 characters", [1, 1, 99, 0, 2, 0, 0]],
    ["a name in it is not UTF-8", [1, 1, 0xff, 1, 105, 2, 0, 0]],
    ["a level in it is unknown", [1, ...id, 3, 0, 0]],
    ["its claims are not in order", [2, ...one, ...one]],
    ["its claims are not in order", [2, 1, 100, 1, 105, 2, 0, 0, ...one]],
    ["2 bytes too many follow its claims", [1, ...one, 0, 0]],
    ["a number in it is not in its shortest form", [0x81, 0, ...one]],
    ["a number in it is too large", [255, 255, 255, 255, 255, 255, 255, 1]],
    ["a number in it is too large", [1, ...id, 2, 1, 0, 0, 0, ...Array(10).fill(255), 1]],
    ["it is cut off", [1, ...id, 2, 1, 0, 99, 0, 2]],
    ["it is cut off", [1, ...id, 2, 99, 0, 0, 0, 2]],
    ["it is cut off", [1, ...id, 2, 2, 0, 1, 0, 1]],
    ["a partition's number in it is too large", [1, ...id, 2, 1, 128, 148, 235, 220, 3, 0, 0, 2]],
    ["an offset in it is not from 1 to 2^64-1", [1, ...id, 2, 1, 0, 0, 0, 0]],
    ["an offset in it is not from 1 to 2^64-1", [1, ...id, 2, 1, 0, 0, 0, 1]],
    [
      "an offset in it is not from 1 to 2^64-1",
      [1, ...id, 2, 1, 0, 0, 0, ...Array(9).fill(128), 4],
    ],
    ["a name in it shares more than there is", [1, ...id, 2, 0, 1, 1, 0, 2]],
    ["a name in it is not in its shortest form", [1, ...id, 2, 0, 2, 0, 1, 97, 0, 2, 97, 98, 2, 2]],
    ["its partitions are not in order", [1, ...id, 2, 0, 2, 0, 1, 98, 0, 1, 97, 2, 2]],
    ["its partitions are not in order", [1, ...id, 2, 0, 2, 0, 1, 97, 1, 0, 2, 2]],
    ["its partitions are not in order", [1, ...id, 2, 0, 1, 0, 1, 48, 2]],
  ])("L13: %s: %j", (message, claims) => {
    const writer = new ByteWriter();
    writer.bytes(
      bytesOf(encodeToken({ pipeline: PIPELINE, claims: [claimOf({})] }, openSealer)).subarray(
        0,
        18,
      ),
    );
    writer.bytes(Uint8Array.from(claims));
    writer.bytes(new Uint8Array(16));
    const text = `ct1_${toBase64url(writer.written())}`;
    expect(decodeToken(text, openSealer)).toEqual({ kind: "malformed", message });
  });
});
