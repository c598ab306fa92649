import { expect, test } from "vitest";

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
