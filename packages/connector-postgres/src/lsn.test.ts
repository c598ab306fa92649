import { offset } from "@tidemark/core";
import { assert, bigInt, property } from "fast-check";
import { expect, test } from "vitest";

import { endBefore, formatLsn, lsnOf, parseLsn } from "./lsn.ts";

test("P6: LSNs are numbers of 64 bits, and compared as such", () => {
  expect(lsnOf("F/FFFFFFFF")).toBeLessThan(lsnOf("10/0"));
  expect(lsnOf("0/A0000000")).toBeGreaterThan(lsnOf("0/9FFFFFFF"));
  assert(
    property(bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => {
      expect(parseLsn(formatLsn(lsn))).toBe(lsn);
    }),
  );
});

test.each(["", "16", "16/", "/0", "g/0", "123456789/0", "0/123456789", "-1/0", "1/2/3"])(
  "%j is no LSN",
  (text) => {
    expect(parseLsn(text)).toBeUndefined();
    expect(() => lsnOf(text)).toThrow("for an LSN");
  },
);

test("an end just behind a page's header is the end of the page before", () => {
  expect(endBefore(offset(8192n + 24n))).toBe(8192n);
  expect(endBefore(offset(16_777_216n + 40n))).toBe(16_777_216n);
  expect(endBefore(offset(8192n + 32n))).toBe(8224n);
});
