/** The laws in SPEC.md and the tests that hold them, compared in both directions. */

import { readdirSync, readFileSync } from "node:fs";

import { expect, test } from "vitest";

const spec = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8");

/** The tests that each law names, as `L1 judge.test.ts: name`. */
function namedInSpec(): readonly string[] {
  return spec.split(/^## /mu).flatMap((section) => {
    const law = /^L\d+/u.exec(section)?.[0];
    return [...section.matchAll(/^- `([^`]+)`: (.+)$/gmu)].map(
      ([, file, name]) => `${law} ${file}: ${name}`,
    );
  });
}

/** The tests that say which law they hold, in the same form. */
function heldByTests(): readonly string[] {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
  return files.flatMap((file) => {
    const source = readFileSync(new URL(file, folder), "utf8");
    const names = source.matchAll(/^ *(?:test\(|\]\)\(|test\.each\(\w+\)\(|)"(L\d+): (.+?)",/gmu);
    return [...names].map(([, law, name]) => `${law} ${file}: ${name}`);
  });
}

test("every test that a law names is there, and every test of a law is named by it", () => {
  expect(heldByTests().length).toBeGreaterThan(50);
  expect(namedInSpec().toSorted()).toEqual(heldByTests().toSorted());
});

test("every law names a test, and no law stands twice", () => {
  const laws = [...spec.matchAll(/^## (L\d+)\. /gmu)].map(([, law]) => law);
  const held = new Set(namedInSpec().map((entry) => entry.split(" ", 1)[0]));
  expect(laws).toEqual([...held]);
});
