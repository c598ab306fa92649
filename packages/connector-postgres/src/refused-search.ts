/** Searching refused rows: which rows of a step the table can't take, found by halving. */

import { type RowLine } from "./row-lines.ts";
import { isRowFault } from "./row-fault.ts";

/** A row that was refused, and what the database said. */
export interface FoundRow {
  readonly line: RowLine;
  readonly fault: unknown;
}

/** More are not looked for at a time: a table that takes nothing is found out soon. */
const MOST_FOUND = 1000;

/** What the search does with the database. */
export interface Trial {
  /** Runs work; where the database refuses rows, undoes it and answers the error. */
  attempt(work: () => Promise<unknown>): Promise<unknown>;
}

/**
 * Writes what can be written, in parts, and answers what can't. A row may need another one that comes
 * later, so what was refused is tried again as long as that helps.
 */
export async function searchRefused(
  lines: readonly RowLine[],
  trial: Trial,
  write: (lines: readonly RowLine[]) => Promise<unknown>,
): Promise<readonly FoundRow[]> {
  const pass = async (part: readonly RowLine[], found: FoundRow[]): Promise<void> => {
    if (part.length === 0 || found.length >= MOST_FOUND) return;
    const fault = await trial.attempt(() => write(part));
    if (fault === undefined) return;
    const [line] = part;
    if (part.length === 1 && line !== undefined) {
      found.push({ line, fault });
      return;
    }
    const half = Math.ceil(part.length / 2);
    await pass(part.slice(0, half), found);
    await pass(part.slice(half), found);
  };
  for (let left = lines; ;) {
    const found: FoundRow[] = [];
    // oxlint-disable-next-line no-await-in-loop -- each pass needs what the last one found
    await pass(left, found);
    if (found.length === 0 || found.length === left.length) return found;
    if (found.length >= MOST_FOUND) return found;
    left = found.map(({ line }) => line);
  }
}

/** Undoes to a savepoint what fails for its rows; other errors are thrown. */
export function savepoints(run: (sql: string) => Promise<unknown>): Trial {
  return {
    attempt: async (work) => {
      await run("SAVEPOINT tidemark_rows");
      try {
        await work();
        await run("RELEASE SAVEPOINT tidemark_rows");
        return undefined;
      } catch (error) {
        if (!isRowFault(error)) throw error;
        await run("ROLLBACK TO SAVEPOINT tidemark_rows");
        await run("RELEASE SAVEPOINT tidemark_rows");
        return error;
      }
    },
  };
}
