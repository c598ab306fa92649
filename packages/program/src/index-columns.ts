/** The columns of indexes: whether their views have them. */

import { type Identifier, spell } from "./identifier.ts";
import { placedError } from "./placed-error.ts";
import { type ViewColumns } from "./program-info.ts";
import { type Program, type ProgramError } from "./program.ts";

/** Columns of indexes that their views lack; views whose columns are not told pass. */
export function indexErrors(
  sql: string,
  program: Program,
  columns: ViewColumns,
): readonly ProgramError[] {
  return program.views.flatMap((view) => {
    const known = columns.get(view.id.name)?.map(({ id }) => id);
    if (known === undefined) return [];
    return (view.indexes ?? []).flatMap((index) =>
      index.columns
        .filter(({ id }) => known.every(({ name }) => name !== id.name))
        .map(({ id, span }) =>
          placedError(sql, {
            span,
            warning: false,
            errorType: "Compilation error",
            message: missingColumn(index.id, { relation: view.id, missing: id, known }),
          }),
        ),
    );
  });
}

/** Says which column of an index its relation lacks. */
export function missingColumn(
  index: Identifier,
  found: {
    readonly relation: Identifier;
    readonly missing: Identifier;
    readonly known: readonly Identifier[];
  },
): string {
  const has = found.known.map(spell).join(", ");
  return `index '${index.name}': '${found.relation.name}' has no column '${found.missing.name}'; it has ${has}`;
}
