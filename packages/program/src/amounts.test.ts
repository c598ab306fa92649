import * as fc from "fast-check";
import { expect, test } from "vitest";

import { AmountError, amountOf, inUnits, parseDuration, parseSize } from "./amounts.ts";
import { renamedAmount, type RenamedAmount } from "./renamed-amount.ts";

test.each([
  ["0", 0n],
  ["10s", 10_000_000_000n],
  ["10 s", 10_000_000_000n],
  ["+500ms", 500_000_000n],
  ["1h30m", 5_400_000_000_000n],
  ["1h 30m", 5_400_000_000_000n],
  ["0.5us", 500n],
  ["1\u00B5s", 1000n],
  [".25d", 21_600_000_000_000n],
])("the duration '%s' is %i nanoseconds", (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each([
  ["4096", 4096n],
  ["4096B", 4096n],
  ["16G", 16_000_000_000n],
  ["16GB", 16_000_000_000n],
  ["1 GiB", 1_073_741_824n],
  ["4Gi", 4_294_967_296n],
  ["1.5k", 1500n],
  ["0.1Ki", 102n],
])("the size '%s' is %i bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "-1s", "10", "s", "1 parsec", "1s2", "1.2.3s", "99999999999999999999d"])(
  "'%s' is no duration, and it is said which units there are",
  (text) => {
    expect(() => parseDuration(text)).toThrow(AmountError);
  },
);

test.each(["", "-1", "Gi", "1m", "1Gi2", "1 2", "1GiBB", "99999999999999999999"])(
  "'%s' is no size",
  (text) => {
    expect(() => parseSize(text)).toThrow(AmountError);
  },
);

test("a whole number of any unit is the same amount as a text", () => {
  const durations = fc.constantFrom("us", "ms", "s", "m", "h", "d");
  const sizes = fc.constantFrom("", "k", "M", "G", "Ki", "Mi", "Gi");
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), durations, sizes, (count, duration, size) => {
      for (const kind of [
        { kind: "duration", unit: duration },
        { kind: "size", unit: size },
      ] as const) {
        const amount = amountOf(count, kind);
        expect(amountOf(`${count}${kind.unit}`, kind)).toBe(amount);
        expect(inUnits(amount, kind)).toBe(count);
      }
    }),
  );
});

test("a size without a unit is refused where numbers count another unit than bytes", () => {
  expect(() => amountOf("16000", { kind: "size", unit: "M" })).toThrow("write a size such as");
  expect(amountOf("16000", { kind: "size", unit: "" })).toBe(16_000n);
});

const BYTES: RenamedAmount = { older: "old_bytes", newer: "new_size", kind: "size", unit: "" };
const asNumber = (value: unknown): number => Number(value);

test("a setting is honoured by either of its names, and refused by both", () => {
  expect(renamedAmount({ old_bytes: 7 }, BYTES, asNumber)).toBe(7);
  expect(renamedAmount({ new_size: "1Ki", old_bytes: null }, BYTES, asNumber)).toBe(1024);
  expect(renamedAmount({ new_size: 8 }, BYTES, asNumber)).toBe(8);
  expect(renamedAmount({}, BYTES, asNumber)).toBeUndefined();
  expect(() => renamedAmount({ new_size: "1Ki", old_bytes: 7 }, BYTES, asNumber)).toThrow(
    "'old_bytes' and 'new_size' are the same setting",
  );
});
