import { expect, test } from "vitest";

import { Cancellations } from "./cancellations.ts";

test("an abort reaches all who wait on the signal, but for those who have left", () => {
  const cancellations = new Cancellations();
  const given = new AbortController();
  const called: string[] = [];
  cancellations.on(given.signal, () => called.push("a"));
  const leave = cancellations.on(given.signal, () => called.push("b"));
  cancellations.on(given.signal, () => called.push("c"));
  cancellations.on(new AbortController().signal, () => called.push("d"));
  leave();
  given.abort();
  expect(called).toEqual(["a", "c"]);
});
