/** Reads a column type. */

import { type ColumnType, type Field } from "./column-type.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { type TokenCursor } from "./token-cursor.ts";
import { type Token } from "./tokenizer.ts";
import { nearestTypeName, simpleTypes } from "./type-names.ts";

/** Types declared by `CREATE TYPE`, by canonical name. */
export type NamedTypes = ReadonlyMap<string, ColumnType>;

const MAX_DECIMAL_PRECISION = 38;
const MAX_NESTING = 64;

/** Reads a type with its ARRAY suffixes. */
export function parseType(cursor: TokenCursor, named: NamedTypes, depth: number = 0): ColumnType {
  if (depth > MAX_NESTING) {
    throw new SyntaxFault(cursor.peek(), `types nest at most ${MAX_NESTING} deep`);
  }
  let type = parseBase(cursor, named, depth);
  for (let arrays = depth; cursor.takeWord("ARRAY"); arrays += 1) {
    if (arrays >= MAX_NESTING) {
      throw new SyntaxFault(cursor.previous, `types nest at most ${MAX_NESTING} deep`);
    }
    type = { kind: "array", element: type };
  }
  return type;
}

/** Reads `(name type [NOT NULL], …)`, the parts of a ROW or of a named type. */
export function parseFields(
  cursor: TokenCursor,
  named: NamedTypes,
  depth: number = 0,
): readonly Field[] {
  const fields: Field[] = [];
  const names = new Set<string>();
  cursor.expectSymbol("(");
  do {
    const { name, quoted, start, end } = cursor.expectIdentifier("a field name");
    if (names.has(name)) throw new SyntaxFault({ start, end }, `field '${name}' is given twice`);
    names.add(name);
    const type = parseType(cursor, named, depth + 1);
    const notNull = cursor.takeWord("NOT", "NULL");
    if (!notNull) cursor.takeWord("NULL");
    fields.push({ name, quoted, type, nullable: !notNull });
  } while (cursor.takeSymbol(","));
  cursor.expectSymbol(")", "',' or ')'");
  return fields;
}

function parseBase(cursor: TokenCursor, named: NamedTypes, depth: number): ColumnType {
  const token = cursor.peek();
  if (token.kind !== "word" && token.kind !== "quoted") throw cursor.unexpected("a type");
  cursor.next();
  const own = named.get(token.kind === "quoted" ? token.value : token.text.toLowerCase());
  if (own !== undefined) return own;
  const simple = token.kind === "word" ? simpleTypes.get(token.value) : undefined;
  if (simple !== undefined) return parseSimpleSuffix(cursor, simple);
  if (token.kind === "quoted") throw unknownType(token);
  return parseParametric(cursor, named, { token, depth });
}

function parseParametric(
  cursor: TokenCursor,
  named: NamedTypes,
  at: { readonly token: Token; readonly depth: number },
): ColumnType {
  switch (at.token.value) {
    case "DECIMAL":
    case "NUMERIC":
    case "NUMBER":
    case "DEC":
      return parseDecimal(cursor);
    case "CHAR":
    case "CHARACTER":
      return { kind: "text", ...parseLength(cursor, !cursor.takeWord("VARYING")) };
    case "VARCHAR":
      return { kind: "text", ...parseLength(cursor, false) };
    case "BINARY":
      return { kind: "binary", ...parseLength(cursor, !cursor.takeWord("VARYING")) };
    case "VARBINARY":
      return { kind: "binary", ...parseLength(cursor, false) };
    case "MAP":
      return parseMap(cursor, named, at.depth);
    case "ROW":
      return { kind: "row", fields: parseFields(cursor, named, at.depth) };
    default:
      throw unknownType(at.token);
  }
}

function unknownType(token: Token): SyntaxFault {
  if (token.value === "INTERVAL" || token.value === "GEOMETRY") {
    return new SyntaxFault(token, `${token.value} can't be the type of a column`);
  }
  return new SyntaxFault(
    token,
    `unknown type '${token.text}'; did you mean ${nearestTypeName(token.value)}?`,
  );
}

function parseSimpleSuffix(cursor: TokenCursor, type: ColumnType): ColumnType {
  if (type.kind === "integer" && cursor.takeWord("UNSIGNED")) return { ...type, unsigned: true };
  if (type.kind === "double") cursor.takeWord("PRECISION");
  if (type.kind === "time" || type.kind === "timestamp") {
    return { ...type, ...parseFractionDigits(cursor) };
  }
  return type;
}

function parseFractionDigits(cursor: TokenCursor): { readonly precision?: number } {
  let digits: { readonly precision?: number } = {};
  if (cursor.takeSymbol("(")) {
    const at = cursor.peek();
    const precision = cursor.expectInteger("a number of fraction digits");
    if (precision > 9) throw new SyntaxFault(at, "at most 9 fraction digits are possible");
    cursor.expectSymbol(")");
    digits = { precision };
  }
  if (cursor.isWord("WITH") && !isProperties(cursor)) {
    throw new SyntaxFault(cursor.peek(), "types with a time zone are not supported; use TIMESTAMP");
  }
  cursor.takeWord("WITHOUT", "TIME", "ZONE");
  return digits;
}

function isProperties(cursor: TokenCursor): boolean {
  return cursor.peek(1).value === "(";
}

function parseDecimal(cursor: TokenCursor): ColumnType {
  let precision = MAX_DECIMAL_PRECISION;
  let scale = 0;
  if (cursor.takeSymbol("(")) {
    const start = cursor.peek().start;
    precision = cursor.expectInteger("a precision");
    if (cursor.takeSymbol(",")) scale = cursor.expectInteger("a scale");
    if (precision < 1 || precision > MAX_DECIMAL_PRECISION || scale > precision) {
      throw new SyntaxFault(
        cursor.rangeFrom(start),
        `DECIMAL takes a precision from 1 to ${MAX_DECIMAL_PRECISION} and a scale from 0 to the precision`,
      );
    }
    cursor.expectSymbol(")");
  }
  return { kind: "decimal", precision, scale };
}

function parseLength(
  cursor: TokenCursor,
  fixed: boolean,
): { readonly length?: number; readonly fixed: boolean } {
  if (!cursor.takeSymbol("(")) return fixed ? { length: 1, fixed } : { fixed };
  const at = cursor.peek();
  const length = cursor.expectInteger("a length");
  if (length < 1) throw new SyntaxFault(at, "a length is at least 1");
  cursor.expectSymbol(")");
  return { length, fixed };
}

function parseMap(cursor: TokenCursor, named: NamedTypes, depth: number): ColumnType {
  cursor.expectSymbol("<");
  const key = parseType(cursor, named, depth + 1);
  cursor.expectSymbol(",");
  const value = parseType(cursor, named, depth + 1);
  cursor.expectSymbol(">");
  return { kind: "map", key, value };
}
