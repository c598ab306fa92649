/** Reads the columns and constraints between the parentheses of CREATE TABLE. */

import { type Identifier } from "./identifier.ts";
import { parseExpression } from "./parse-default.ts";
import { type NamedTypes, parseType } from "./parse-type.ts";
import { type Column } from "./program.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { type Range } from "./text-position.ts";
import { type TokenCursor } from "./token-cursor.ts";

/** The columns of a table; those of its primary key are not nullable. */
export interface TableColumns {
  readonly columns: readonly Column[];
  readonly primaryKey: readonly number[];
}

interface Draft extends Column {
  readonly range: Range;
  readonly key: boolean;
  /** Whether NULL was written. */
  readonly saidNull: boolean;
}

type PlacedName = Identifier & Range;

/** Reads `( … )`. */
export function parseColumns(cursor: TokenCursor, named: NamedTypes): TableColumns {
  const drafts: Draft[] = [];
  let tableKey: readonly PlacedName[] | undefined;
  cursor.expectSymbol("(", "'(' and the columns");
  do {
    if (cursor.takeWord("CONSTRAINT")) cursor.expectIdentifier("a constraint name");
    if (cursor.isWord("PRIMARY", "KEY")) {
      if (tableKey !== undefined) throw twoKeys(cursor.peek());
      cursor.takeWord("PRIMARY", "KEY");
      tableKey = parseNames(cursor);
    } else if (cursor.isWord("FOREIGN", "KEY")) {
      cursor.takeWord("FOREIGN", "KEY");
      parseNames(cursor);
      parseReferences(cursor);
    } else {
      drafts.push(parseColumn(cursor, named));
    }
  } while (cursor.takeSymbol(","));
  cursor.expectSymbol(")", "',' or ')'");
  return settle(drafts, tableKey, cursor.previous);
}

function parseColumn(cursor: TokenCursor, named: NamedTypes): Draft {
  const { name, quoted, start, end } = cursor.expectIdentifier("a column name");
  const type = parseType(cursor, named);
  let saidNull = false;
  let notNull = false;
  let key = false;
  let defaultSql: string | undefined;
  for (;;) {
    if (cursor.takeWord("NOT", "NULL")) notNull = true;
    else if (cursor.takeWord("NULL")) saidNull = true;
    else if (cursor.takeWord("PRIMARY", "KEY")) key = true;
    else if (cursor.takeWord("FOREIGN", "KEY") || cursor.isWord("REFERENCES"))
      parseReferences(cursor);
    else if (cursor.takeWord("DEFAULT")) {
      const range = parseExpression(cursor, "a default value");
      defaultSql = cursor.text.slice(range.start, range.end);
    } else if (cursor.takeWord("LATENESS") || cursor.takeWord("WATERMARK"))
      parseExpression(cursor, "an interval");
    else if (!cursor.takeWord("INTERNED")) break;
  }
  if (saidNull && notNull)
    throw new SyntaxFault({ start, end }, "both NULL and NOT NULL are given");
  return {
    id: { name, quoted },
    type,
    nullable: !notNull,
    ...(defaultSql === undefined ? {} : { defaultSql }),
    range: cursor.rangeFrom(start),
    key,
    saidNull,
  };
}

function parseNames(cursor: TokenCursor): readonly PlacedName[] {
  const names: PlacedName[] = [];
  cursor.expectSymbol("(");
  do names.push(cursor.expectIdentifier("a column name"));
  while (cursor.takeSymbol(","));
  cursor.expectSymbol(")", "',' or ')'");
  return names;
}

function parseReferences(cursor: TokenCursor): void {
  cursor.expectWord("REFERENCES");
  cursor.expectIdentifier("a table name");
  if (cursor.isSymbol("(")) parseNames(cursor);
}

function twoKeys(range: Range): SyntaxFault {
  return new SyntaxFault(range, "a table has one PRIMARY KEY", "Compilation error");
}

function settle(
  drafts: readonly Draft[],
  tableKey: readonly PlacedName[] | undefined,
  close: Range,
): TableColumns {
  if (drafts.length === 0) throw new SyntaxFault(close, "a table has at least one column");
  const places = new Map<string, number>();
  for (const [index, draft] of drafts.entries()) {
    if (places.has(draft.id.name)) {
      throw new SyntaxFault(
        draft.range,
        `column '${draft.id.name}' is declared twice`,
        "Compilation error",
      );
    }
    places.set(draft.id.name, index);
  }
  const primaryKey = findKey(drafts, places, tableKey);
  return {
    columns: drafts.map(({ id, type, nullable, defaultSql }, index) => ({
      id,
      type,
      nullable: nullable && !primaryKey.includes(index),
      ...(defaultSql === undefined ? {} : { defaultSql }),
    })),
    primaryKey,
  };
}

function findKey(
  drafts: readonly Draft[],
  places: ReadonlyMap<string, number>,
  tableKey: readonly PlacedName[] | undefined,
): readonly number[] {
  const inline = [...drafts.keys()].filter((index) => drafts[index]?.key === true);
  const second = drafts[inline[tableKey === undefined ? 1 : 0] ?? -1];
  if (second !== undefined) throw twoKeys(second.range);
  const key = tableKey === undefined ? inline : tableKey.map((name) => findColumn(name, places));
  for (const [at, index] of key.entries()) {
    const draft = drafts[index];
    if (draft === undefined) continue;
    if (key.indexOf(index) !== at) {
      throw new SyntaxFault(
        tableKey?.[at] ?? draft.range,
        `column '${draft.id.name}' is twice in the PRIMARY KEY`,
        "Compilation error",
      );
    }
    if (draft.saidNull) {
      throw new SyntaxFault(
        draft.range,
        `PRIMARY KEY column '${draft.id.name}' is declared NULL; leave NULL out or say NOT NULL`,
        "PRIMARY KEY cannot be nullable",
      );
    }
  }
  return key;
}

function findColumn(name: PlacedName, places: ReadonlyMap<string, number>): number {
  const index = places.get(name.name);
  if (index === undefined) {
    throw new SyntaxFault(
      name,
      `PRIMARY KEY names column '${name.name}', which the table does not have; it has ${[...places.keys()].join(", ")}`,
      "Compilation error",
    );
  }
  return index;
}
