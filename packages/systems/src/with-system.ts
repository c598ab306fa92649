/** Tests that need a running system: started before the first of them, ended after the last. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Found, systemsAreRequired } from "./requirement.ts";

/** Starting takes seconds, and a loaded machine makes it many. */
const START_LIMIT_MS = 120_000;

/** How one kind of system is had. */
export interface Provider<T extends AsyncDisposable> {
  readonly name: string;
  /** Looks without starting anything. */
  readonly find: () => Found<() => Promise<T>>;
}

/**
 * Describes tests on one system of their own. Where it is missing they are skipped, with one more
 * test that is skipped with the reason, or fails with it if systems are required.
 */
export function withSystem<T extends AsyncDisposable>(
  { name, find }: Provider<T>,
  body: (system: () => T) => void,
): void {
  const found = find();
  const isMissing = found.kind === "missing";
  if (isMissing) explain(name, found.why);
  describe.skipIf(isMissing)(`with ${name}`, () => {
    let system: T | undefined;
    beforeAll(async () => {
      if (!isMissing) system = await found.value();
    }, START_LIMIT_MS);
    afterAll(() => system?.[Symbol.asyncDispose](), START_LIMIT_MS);
    body(() => {
      if (system === undefined) throw new Error(`${name} runs only during tests and their hooks`);
      return system;
    });
  });
}

function explain(name: string, why: string): void {
  test(`${name} is there`, ({ skip }) => {
    skip(!systemsAreRequired(), why);
    expect.fail(why);
  });
}
