/** Row faults: what PostgreSQL refuses because of a row's values, apart from what passes by itself. */

import { codeOf } from "./session.ts";
import { ValueRefused } from "./target-value.ts";

/**
 * Classes of SQLSTATE that a row's values decide about: data, constraints, a key twice, check options,
 * limits of a value's size, what triggers raise. Others are of the server or of the connection.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const CLASSES: ReadonlySet<string> = new Set(["21", "22", "23", "44", "45", "54", "P0"]);
/** A value for a column that is always generated. */
const CODES: ReadonlySet<string> = new Set(["428C9"]);

/** Whether an error says that a row can't be written as it is. */
export function isRowFault(error: unknown): boolean {
  if (error instanceof ValueRefused) return true;
  const code = codeOf(error);
  return code.length === 5 && (CLASSES.has(code.slice(0, 2)) || CODES.has(code));
}
