/** Query columns: what a query answers, and how it is written for the table here. */

import { type Table } from "@tidemark/program";

import { fittingWriter, isNamed } from "./fitting.ts";
import { type NamedWriter } from "./json-text.ts";
import { type Session } from "./session.ts";
import { resolveTypes } from "./source-type.ts";
import { invalid } from "./target.ts";

/**
 * Writers of a query's columns, in their order; undefined for those that no column here is named for.
 * The statement is planned and not run. The session has to be in a transaction. Throws `ConfigError`.
 */
export async function queryWriters(
  session: Session,
  query: string,
  table: Table,
): Promise<readonly (NamedWriter | undefined)[]> {
  await session.rows(`DECLARE tidemark_columns NO SCROLL CURSOR FOR ${query}`);
  const fields = await session.fields("FETCH 0 FROM tidemark_columns");
  await session.rows("CLOSE tidemark_columns");
  const types = await resolveTypes(
    session,
    fields.map(({ dataTypeID }) => dataTypeID),
  );
  requireColumns(fields, table);
  return fields.map(({ name, dataTypeID }) => {
    const column =
      table.columns.find(({ id }) => id.name === name) ??
      table.columns.find(({ id }) => isNamed(id, name));
    if (column === undefined) return undefined;
    const from = { field: "query", shown: "answers with a" } as const;
    return { name, write: fittingWriter(from, { name, type: types(dataTypeID) }, column) };
  });
}

/** Without such a column no row of the answer could be read. */
function requireColumns(fields: readonly { readonly name: string }[], table: Table): void {
  const missing = table.columns.find(
    ({ id, nullable, defaultSql }) =>
      !nullable && defaultSql === undefined && !fields.some(({ name }) => isNamed(id, name)),
  );
  if (missing === undefined) return;
  throw invalid(
    "query",
    `answers no column '${missing.id.name}', which may not be NULL here; name it in the query`,
  );
}
