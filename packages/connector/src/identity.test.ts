import * as fc from "fast-check";
import { expect, test } from "vitest";

import { connectorIdOf, incarnationOf } from "./identity.ts";

test("a connector's id never changes", () => {
  expect(connectorIdOf("numbers", "unnamed-0")).toBe("VjoELWEr-TY");
});

test("an id has 11 characters and an incarnation 16, whatever they are made of", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(connectorIdOf(a, b)).toMatch(/^[-\w]{11}$/u);
      expect(incarnationOf(a, b)).toMatch(/^[-\w]{16}$/u);
    }),
  );
});

test("incarnations are equal only where every part is", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(incarnationOf("life", ...a) === incarnationOf("life", ...b)).toBe(same);
    }),
  );
});
