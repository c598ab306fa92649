import { expect, test } from "vitest";

import { foldNames } from "./fold-names.ts";

test.each([
  ["SELECT Größe FROM ΔΘ", "SELECT größe FROM δθ"],
  ["SELECT T.ÜBER+1 AS Straße_1", "SELECT T.über+1 AS straße_1"],
])("unquoted names beyond ASCII are lower-cased: %s", (sql, folded) => {
  expect(foldNames(sql)).toBe(folded);
});

test.each([
  "SELECT X FROM T",
  `SELECT "Größe", "a""Ü", 'Ä''Ö', E'\\'Ü' FROM "ΔΘ"`,
  "SELECT 1 -- Ü\n, 2 /* Ä\n' Ö */ FROM t",
  "SELECT $$Ü$$, $tag$ Ä $$ Ö $tag$",
])("strings, quoted names, comments and plain words stay as they are: %s", (sql) => {
  expect(foldNames(sql)).toBe(sql);
});
