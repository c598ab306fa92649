/** Text as bytes, held against the platform's own encoder. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { fromUtf8, toUtf8 } from "./utf8.ts";

test("text without lone surrogates becomes what the platform's encoder makes of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(text.isWellFormed());
      expect(toUtf8(text)).toEqual(new TextEncoder().encode(text));
    }),
  );
});

test("every string comes back as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 0xffff })), (units) => {
      const text = String.fromCharCode(...units);
      expect(fromUtf8(toUtf8(text))).toBe(text);
    }),
  );
  expect(fromUtf8(toUtf8("\ud83d\ude00 \ude00\ud83d"))).toBe("\ud83d\ude00 \ude00\ud83d");
});

test("bytes that read as text are exactly the bytes of that text", () => {
  const bytes = fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0xed, 0xa0, 0x80, 0xbf)));
  fc.assert(
    fc.property(bytes, (values) => {
      const text = fromUtf8(Uint8Array.from(values));
      expect(text === undefined ? values : [...toUtf8(text)]).toEqual(values);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["a continuation first", [0x80]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["an overlong three-byte form", [0xe0, 0x80, 0xaf]],
  ["an overlong four-byte form", [0xf0, 0x80, 0x80, 0xaf]],
  ["beyond the last code point", [0xf4, 0x90, 0x80, 0x80]],
  ["a byte that no text has", [0xff]],
  ["a cut off character", [0xe2, 0x82]],
  ["a missing continuation", [0xe2, 0x28, 0xa1]],
  ["a pair of surrogates in six bytes", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
])("%s is not text", (_, values) => {
  expect(fromUtf8(Uint8Array.from(values))).toBeUndefined();
});
