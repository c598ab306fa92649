/** Laws of distinct names. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { distinctNames } from "./distinct-names.ts";

const ANY: unknown = expect.any(String);
const names = fc.array(
  fc.oneof(fc.constantFrom("", "a", "a_2", "a_2_2", "EXPR$0", "EXPR$1", "__proto__"), fc.string()),
  { maxLength: 8 },
);

test("every name is there once, in its place, and none is empty", () => {
  fc.assert(
    fc.property(names, (given) => {
      const distinct = distinctNames(given);
      expect(distinct).toHaveLength(given.length);
      expect(new Set(distinct).size).toBe(given.length);
      expect(distinct).not.toContain("");
    }),
  );
});

test("a name that is there once is kept, and one without text is called after its place", () => {
  fc.assert(
    fc.property(names, (given) => {
      const expected = given.map((own, place) => {
        const name = own === "" ? `EXPR$${place}` : own;
        const isFirst = given.indexOf(name) === (own === "" ? -1 : place);
        return isFirst ? name : ANY;
      });
      expect(distinctNames(given)).toEqual(expected);
    }),
  );
});
