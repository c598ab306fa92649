import { expect, test } from "vitest";

import { parseProgram } from "./parse-program.ts";
import { placedError } from "./placed-error.ts";

const SQL = `CREATE TABLE t (x INT, missing INT);
CREATE VIEW v AS
  SELECT x,
    missing AS "Other", 'missing' -- missing
  FROM nowhere;`;

function placed(message: string) {
  const parsed = parseProgram(SQL);
  const [view] = parsed.kind === "program" ? parsed.program.views : [];
  if (view === undefined) throw new Error("no view");
  const fault = { span: view.span, warning: false, errorType: "Error in SQL statement", message };
  return placedError(SQL, fault);
}

test("a fault stands at the name in its statement that it speaks of, and shows that line", () => {
  expect(placed('column "Missing" not found; candidates: "x"')).toMatchObject({
    span: { startLine: 4, startColumn: 5, endLine: 4, endColumn: 11 },
    snippet: `    4|    missing AS "Other", 'missing' -- missing\n          ^^^^^^^\n`,
  });
  expect(placed('nothing like "it"; candidates: "x"').span).toMatchObject({
    startLine: 3,
    startColumn: 10,
  });
  expect(placed("Table with name nowhere does not exist").span.startLine).toBe(5);
});

test("a fault that speaks of nothing in its statement stands at the statement", () => {
  const { span, snippet } = placed("too deep");
  expect(span).toMatchObject({ startLine: 2, startColumn: 1, endLine: 5 });
  expect(snippet).toContain("    2|CREATE VIEW v AS\n");
  expect(placed('column "t" not found').span).toEqual(span);
});
