import { expect, test } from "vitest";

import { formatDate, formatTimestamp } from "./date-time.ts";

import { encodeRowJson } from "./json-text.ts";
import { tableOf } from "./test-table.ts";

const { columns } = tableOf(`CREATE TABLE t (id BIGINT, "Name" VARCHAR, price DECIMAL(10, 2))`);

test("a row is a JSON object with NULL written out and every digit kept", () => {
  const row = [9223372036854775807n, "a\n", 12345678901n];
  expect(encodeRowJson(columns, row)).toBe(
    `{"id":9223372036854775807,"Name":"a\\n","price":123456789.01}`,
  );
  expect(encodeRowJson(columns, [null, null, null])).toBe(`{"id":null,"Name":null,"price":null}`);
});

test.each([
  [0.1, "0.1"],
  [3.1415927, "3.1415927"],
  [-0, "-0.0"],
  [Infinity, "null"],
])("the 32-bit float %d is written in the fewest digits that read back as it", (value, text) => {
  const real = tableOf("CREATE TABLE t (r REAL)").columns;
  expect(encodeRowJson(real, [Math.fround(value)])).toBe(`{"r":${text}}`);
});

test("dates are told for as many years as a database has, and infinities by their name", () => {
  const texts = [0, -719_528, -719_529, 2_932_897, 2 ** 31 - 2, 1 - 2 ** 31].map(formatDate);
  expect(texts).toEqual([
    "1970-01-01",
    "0000-01-01",
    "-0001-12-31",
    "10000-01-01",
    "5881580-07-10",
    "-infinity",
  ]);
  expect(formatTimestamp((2n ** 63n - 2n) * 1000n)).toBe("294247-01-10 04:00:54.775806");
  expect([2n ** 63n - 1n, (2n ** 63n - 1n) * 1000n].map(formatTimestamp)).toEqual([
    "infinity",
    "infinity",
  ]);
});
