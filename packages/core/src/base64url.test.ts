/** Base64url, held against the platform's own. */

import { Buffer } from "node:buffer";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { fromBase64url, toBase64url } from "./base64url.ts";

test("bytes become what the platform makes of them, and come back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = toBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64url(`>${text}==`, 1)).toEqual({ kind: "bytes", bytes });
    }),
  );
});

test("no two texts without padding read as the same bytes", () => {
  const texts = fc.string({
    unit: fc.constantFrom("A", "B", "Q", "g", "w", "-", "_", "9"),
    maxLength: 4,
  });
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = fromBase64url(text, 0);
      expect(decoded.kind === "bytes" ? toBase64url(decoded.bytes) : text).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["AA+A", 'character 3 is "+", only A-Z, a-z, 0-9, - and _ are allowed'],
  ["A=AA", 'character 2 is "=", only A-Z, a-z, 0-9, - and _ are allowed'],
  ["AAé", 'character 3 is "é", only A-Z, a-z, 0-9, - and _ are allowed'],
  ["A😀", 'character 2 is "😀", only A-Z, a-z, 0-9, - and _ are allowed'],
  ["AAAAA", "it is cut off: its 5 characters end inside a byte"],
  ["AB", "character 2 is not the canonical last one: its unused bits must be zero"],
  ["AAB", "character 3 is not the canonical last one: its unused bits must be zero"],
])("%s is refused with what is wrong and where", (text, message) => {
  expect(fromBase64url(text, 0)).toEqual({ kind: "malformed", message });
});
