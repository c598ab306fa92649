/** Programs of names that differ only by case, and what they mean: a model in which names are texts. */

import * as fc from "fast-check";

/** A name as SQL spells it, and the name that is meant. */
interface Spelling {
  readonly text: string;
  readonly name: string;
}

/** A SELECT of one relation, perhaps under another name. */
export interface Select {
  readonly from: Spelling;
  readonly items: readonly { readonly column: Spelling; readonly alias: Spelling | undefined }[];
  readonly shape: "plain" | "alias" | "subquery" | "definition";
  /** The other name, where the shape has one, and how the columns or the body refer to it. */
  readonly other: Spelling;
  readonly otherAgain: Spelling;
}

/** Tables with their columns, and views in order. */
export interface NamedProgram {
  readonly tables: readonly { readonly id: Spelling; readonly columns: readonly Spelling[] }[];
  readonly views: readonly { readonly id: Spelling; readonly select: SelectDraft }[];
}

/** The columns of a relation with the values of its one row, in order. */
export type Relation = ReadonlyMap<string, bigint>;

const WORDS = ["a", "A", "ab", "aB", "Ab", "AB", "δ", "Δ"];
const QUOTED_ONLY = ["a b", "A b", 'a"b', 'A"B', "\u{E000}a"];

const SPELLINGS: readonly Spelling[] = [
  ...WORDS.map((word) => ({ text: word, name: word.toLowerCase() })),
  ...[...WORDS, ...QUOTED_ONLY].map((name) => ({
    text: `"${name.replaceAll('"', '""')}"`,
    name,
  })),
];

const spelling: fc.Arbitrary<Spelling> = fc.constantFrom(...SPELLINGS);

/** A reference to one of the names that are there, or in few cases any name. */
interface Reference {
  readonly pick: number;
  readonly variant: number;
  readonly stray: Spelling | undefined;
}

/** A SELECT whose references are not settled yet. */
export interface SelectDraft {
  readonly from: Reference;
  readonly items: readonly { readonly column: Reference; readonly alias: Spelling | undefined }[];
  readonly shape: Select["shape"];
  readonly other: Spelling;
  readonly otherAgain: Reference;
}

const reference: fc.Arbitrary<Reference> = fc.record({
  pick: fc.nat(11),
  variant: fc.nat(2),
  stray: fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: spelling },
  ),
});

const select: fc.Arbitrary<SelectDraft> = fc.record({
  from: reference,
  items: fc.array(
    fc.record({ column: reference, alias: fc.option(spelling, { nil: undefined }) }),
    { minLength: 1, maxLength: 3 },
  ),
  shape: fc.constantFrom("plain", "alias", "subquery", "definition"),
  other: spelling,
  otherAgain: reference,
});

function several(maxLength: number): fc.Arbitrary<readonly Spelling[]> {
  return fc.uniqueArray(spelling, { minLength: 1, maxLength, selector: ({ name }) => name });
}

/** Programs of few names, so that many refer to each other. */
export const namedPrograms: fc.Arbitrary<NamedProgram> = fc
  .tuple(
    several(4),
    fc.array(several(4), { minLength: 4, maxLength: 4 }),
    several(6),
    fc.array(select, { minLength: 6, maxLength: 6 }),
  )
  .map(([tables, columns, views, selects]) => ({
    tables: tables.map((id, i) => ({ id, columns: columns[i] ?? [] })),
    views: views.flatMap((id, i) => {
      const chosen = selects[i];
      const taken = tables.some(({ name }) => name === id.name);
      return taken || chosen === undefined ? [] : [{ id, select: chosen }];
    }),
  }));

/** Some SELECTs. */
export const selects: fc.Arbitrary<readonly SelectDraft[]> = fc.array(select, { maxLength: 6 });

/** A SELECT of relations, most of which are there. */
export function settled(draft: SelectDraft, relations: ReadonlyMap<string, Relation>): Select {
  const { items, shape, other } = draft;
  const from = refer(draft.from, [...relations.keys()]);
  const otherAgain = refer(draft.otherAgain, [other.name]);
  const isDefined = shape !== "definition" || otherAgain.name === other.name;
  const columns = relations.get(isDefined ? from.name : otherAgain.name)?.keys() ?? [];
  const names = [...columns];
  return {
    from,
    shape,
    other,
    otherAgain,
    items: items.map(({ column, alias }) => ({ column: refer(column, names), alias })),
  };
}

function refer({ pick, variant, stray }: Reference, names: readonly string[]): Spelling {
  const name = names[pick % names.length];
  if (stray !== undefined || name === undefined) return stray ?? { text: "a", name: "a" };
  const all = SPELLINGS.filter((each) => each.name === name);
  return all[variant % all.length] ?? { text: name, name };
}

/** The SQL of a SELECT. */
export function selectSql({ from, items, shape, other, otherAgain }: Select): string {
  const isQualified = shape === "alias" || shape === "subquery";
  const list = items
    .map(({ column, alias }) => {
      const text = isQualified ? `${otherAgain.text}.${column.text}` : column.text;
      return alias === undefined ? text : `${text} AS ${alias.text}`;
    })
    .join(", ");
  const text: Readonly<Record<Select["shape"], string>> = {
    plain: `SELECT ${list} FROM ${from.text}`,
    alias: `SELECT ${list} FROM ${from.text} AS ${other.text}`,
    subquery: `SELECT ${list} FROM (SELECT * FROM ${from.text}) AS ${other.text}`,
    definition: `WITH ${other.text} AS (SELECT * FROM ${from.text}) SELECT ${list} FROM ${otherAgain.text}`,
  };
  return text[shape];
}

/** What a SELECT answers; undefined where it names something that is not there. */
export function answerOf(
  { from, items, shape, other, otherAgain }: Select,
  relations: ReadonlyMap<string, Relation>,
): Relation | undefined {
  const source = relations.get(from.name);
  if (source === undefined) return undefined;
  const isSame = other.name === otherAgain.name;
  const isQualified = shape === "alias" || shape === "subquery";
  if (isQualified && !isSame) return undefined;
  const read = shape === "definition" && !isSame ? relations.get(otherAgain.name) : source;
  if (read === undefined) return undefined;
  const answer = new Map<string, bigint>();
  for (const { column, alias } of items) {
    // Where no column has the name, an earlier alias may.
    const value = read.get(column.name) ?? (isQualified ? undefined : answer.get(column.name));
    if (value === undefined) return undefined;
    answer.set((alias ?? column).name, value);
  }
  return answer;
}

/** Whether a SELECT means something beyond this model: names a whole row, or one column twice. */
export function isBeyondModel({ from, items, shape, otherAgain }: Select): boolean {
  const answered = items.map(({ column, alias }) => (alias ?? column).name);
  const row = shape === "plain" ? from.name : otherAgain.name;
  return (
    new Set(answered).size < answered.length || items.some(({ column }) => column.name === row)
  );
}
