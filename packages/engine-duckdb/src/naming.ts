/** Naming: what the names of a program are called in the database, which ignores letters' cases. */

import { type ColumnType, type Program } from "@tidemark/program";

import { mapNames } from "./names-in-sql.ts";

/** Turns the names of a program into those of a database and back. */
export interface Naming {
  /** The name of a relation or a column in the database. */
  readonly physical: (name: string) => string;
  /** The name of a field of a ROW. */
  readonly field: (name: string) => string;
  /** SQL with its quoted names as the database has them. */
  readonly sql: (text: string) => string;
  /** A name of the database, or a text of it that names some, with the program's own names. */
  readonly logical: (text: string) => string;
}

/** Stands before every letter that is a capital in the program. Programs have no use for it. */
const CAPITAL = "\u{E000}";

const TO_MARK = /[\u{E000}\p{Changes_When_Lowercased}]/gu;
const MARKED = /\u{E000}(?:\u{E000}|[a-z]|0([0-9a-f]+);)/gu;

/**
 * The exact names of a program. Names without capitals stay as they are; a capital becomes a mark and
 * its small letter, so that names which differ only by case differ to the database, too. Values show
 * the names of fields, so a field is so called only where the program has two that differ by case.
 */
export function exactNames(program: Program): Naming {
  const alike = fieldsAlike(program);
  const field = (name: string): string => (alike.has(name) ? marked(name) : name);
  return {
    physical: marked,
    field,
    sql: (text) => mapNames(text, { name: marked, field }),
    logical: logicalText,
  };
}

/** Names are as the program spells them, and the same where they differ only by ASCII case. */
export const FOLDED_NAMES: Naming = {
  physical: (name) => name,
  field: (name) => name,
  sql: (text) => text,
  logical: (text) => text,
};

/** A text of the database with the names that `exactNames` made as the program has them. */
export function logicalText(text: string): string {
  return text.includes(CAPITAL) ? text.replaceAll(MARKED, unmark) : text;
}

/** SQL for a text with the names that `exactNames` made as the program has them. */
export function logicalTextSql(sql: string): string {
  const capital = `chr(${CAPITAL.codePointAt(0)})`;
  const part = `CASE WHEN p[1] = '0'
    THEN chr(CAST('0x' || split_part(p[2:], ';', 1) AS INTEGER)) || p[strpos(p, ';') + 1:]
    ELSE upper(p[1]) || p[2:] END`;
  return `CASE WHEN contains(${sql}, ${capital}) THEN array_to_string(list_transform(
    string_split(${sql}, ${capital}),
    lambda p, i: CASE WHEN i = 1 THEN p ELSE ${part} END), '') ELSE ${sql} END`;
}

function marked(name: string): string {
  return name.replaceAll(TO_MARK, mark);
}

function mark(letter: string): string {
  if (letter === CAPITAL) return CAPITAL + CAPITAL;
  if (/[A-Z]/.test(letter)) return CAPITAL + letter.toLowerCase();
  return `${CAPITAL}0${letter.codePointAt(0)?.toString(16) ?? ""};`;
}

function unmark(found: string, code: string | undefined): string {
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  return found.slice(CAPITAL.length).toUpperCase();
}

/** Names of fields beside which a ROW has another that differs only by case. */
function fieldsAlike({ tables }: Program): ReadonlySet<string> {
  const alike = new Set<string>();
  for (const { columns } of tables) for (const { type } of columns) noteAlike(type, alike);
  return alike;
}

function noteAlike(type: ColumnType, alike: Set<string>): void {
  if (type.kind === "array") noteAlike(type.element, alike);
  if (type.kind === "map") noteAlike(type.value, alike);
  if (type.kind !== "row") return;
  const folded = type.fields.map(({ name }) => name.toLowerCase());
  for (const { name, type: inner } of type.fields) {
    const count = folded.filter((each) => each === name.toLowerCase()).length;
    if (count > 1) alike.add(name);
    noteAlike(inner, alike);
  }
}
