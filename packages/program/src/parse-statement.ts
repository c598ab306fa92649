/** Reads one statement of a program. */

import { type ColumnType } from "./column-type.ts";
import { foldNames } from "./fold-names.ts";
import { type Identifier } from "./identifier.ts";
import { parseColumns, type TableColumns } from "./parse-columns.ts";
import { parseProperties, type Property } from "./parse-properties.ts";
import { type NamedTypes, parseFields, parseType } from "./parse-type.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { type Range } from "./text-position.ts";
import { type TokenCursor } from "./token-cursor.ts";

/** A statement as read, before its properties are looked into. */
export type Statement =
  | { readonly kind: "type"; readonly id: PlacedName; readonly type: ColumnType }
  | ({ readonly kind: "table"; readonly id: PlacedName } & Declared & TableColumns)
  | ({
      readonly kind: "view";
      readonly id: PlacedName;
      readonly columnNames?: readonly Identifier[];
      readonly query: string;
      readonly materialized: boolean;
      readonly local: boolean;
    } & Declared)
  | IndexStatement;

/** `CREATE INDEX` as read; what it is on may be a table or a view, or not there. */
export interface IndexStatement {
  readonly kind: "index";
  readonly id: PlacedName;
  readonly relation: PlacedName;
  readonly columns: readonly PlacedName[];
}

/** A name and where it stands. */
export type PlacedName = Identifier & Range;

interface Declared {
  readonly properties: ReadonlyMap<string, Property>;
  readonly range: Range;
}

const ALLOWED =
  "CREATE TABLE, CREATE VIEW, CREATE MATERIALIZED VIEW, CREATE LOCAL VIEW, CREATE INDEX or CREATE TYPE";

/** Reads a statement up to and with its `;`, which the last one may leave out. */
export function parseStatement(cursor: TokenCursor, named: NamedTypes): Statement {
  const first = cursor.peek();
  if (!cursor.takeWord("CREATE")) throw cursor.unexpected(ALLOWED);
  if (cursor.takeWord("TABLE")) return parseTable(cursor, named, first.start);
  if (cursor.takeWord("VIEW")) return parseView(cursor, first.start, {});
  if (cursor.takeWord("MATERIALIZED", "VIEW")) {
    return parseView(cursor, first.start, { materialized: true });
  }
  if (cursor.takeWord("LOCAL", "VIEW")) return parseView(cursor, first.start, { local: true });
  if (cursor.takeWord("INDEX")) return parseIndex(cursor);
  if (cursor.takeWord("TYPE")) return parseNamedType(cursor, named);
  const what = cursor.peek();
  throw new SyntaxFault(
    { start: first.start, end: what.end },
    `CREATE ${what.value} is not supported; allowed are ${ALLOWED}`,
  );
}

function parseTable(cursor: TokenCursor, named: NamedTypes, start: number): Statement {
  const id = cursor.expectIdentifier("a table name");
  const columns = parseColumns(cursor, named);
  const properties = parseProperties(cursor);
  const range = cursor.rangeFrom(start);
  endStatement(cursor);
  return { kind: "table", id, ...columns, properties, range };
}

function parseView(
  cursor: TokenCursor,
  start: number,
  options: { readonly materialized?: boolean; readonly local?: boolean },
): Statement {
  const id = cursor.expectIdentifier("a view name");
  const columnNames = cursor.isSymbol("(") ? parseColumnNames(cursor).map(plain) : undefined;
  const properties = parseProperties(cursor);
  cursor.expectWord("AS");
  const query = parseQuery(cursor);
  const range = cursor.rangeFrom(start);
  endStatement(cursor);
  return {
    kind: "view",
    id,
    ...(columnNames === undefined ? {} : { columnNames }),
    query,
    materialized: options.materialized ?? false,
    local: options.local ?? false,
    properties,
    range,
  };
}

function parseColumnNames(cursor: TokenCursor): readonly PlacedName[] {
  const names = new Map<string, PlacedName>();
  cursor.expectSymbol("(");
  do {
    const column = cursor.expectIdentifier("a column name");
    const { name } = column;
    if (names.has(name)) {
      throw new SyntaxFault(column, `column '${name}' is declared twice`, "Compilation error");
    }
    names.set(name, column);
  } while (cursor.takeSymbol(","));
  cursor.expectSymbol(")", "',' or ')'");
  return [...names.values()];
}

function parseQuery(cursor: TokenCursor): string {
  const first = cursor.peek();
  const startsQuery = ["SELECT", "WITH", "VALUES", "TABLE"].some((word) => cursor.isWord(word));
  if (!startsQuery && !cursor.isSymbol("(")) throw cursor.unexpected("a query");
  while (cursor.peek().kind !== "end" && !cursor.isSymbol(";")) cursor.next();
  const range = cursor.rangeFrom(first.start);
  return foldNames(cursor.text.slice(range.start, range.end));
}

function parseIndex(cursor: TokenCursor): Statement {
  const id = cursor.expectIdentifier("an index name");
  cursor.expectWord("ON");
  const relation = cursor.expectIdentifier("the name of a table or view");
  const columns = parseColumnNames(cursor);
  endStatement(cursor);
  return { kind: "index", id, relation, columns };
}

function parseNamedType(cursor: TokenCursor, named: NamedTypes): Statement {
  const id = cursor.expectIdentifier("a type name");
  cursor.expectWord("AS");
  const type: ColumnType = cursor.isSymbol("(")
    ? { kind: "row", fields: parseFields(cursor, named) }
    : parseType(cursor, named);
  endStatement(cursor);
  return { kind: "type", id, type };
}

function endStatement(cursor: TokenCursor): void {
  if (cursor.peek().kind !== "end") cursor.expectSymbol(";", "';' at the end of the statement");
}

/** A name without its place. */
export function plain({ name, quoted }: PlacedName): Identifier {
  return { name, quoted };
}
