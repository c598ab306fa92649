/** A test file of a machine without the system that its tests need. */
import { beforeAll, expect, test } from "vitest";

import { withSystem } from "../with-system.ts";

withSystem(
  { name: "a missing system", find: () => ({ kind: "missing", why: "no such program; get it" }) },
  (system) => {
    beforeAll(() => {
      system();
    });
    test("a law", () => {
      expect(system()).toBeDefined();
    });
  },
);
