/** Faults that are known by their statement only, shown at their place in the text. */

import { type ProgramError, type Span } from "./program.ts";
import { TextPositions } from "./text-position.ts";
import { tokenize } from "./tokenizer.ts";

/** The names that a message speaks of. */
const NAMED = /"(?<quoted>[^"]+)"|with name (?<bare>\S+)/gu;

/**
 * The fault with the lines that it is about; at the first name that its message speaks of and
 * its statement has, where there is one.
 * @example
 * placedError("CREATE VIEW v AS\nSELECT y FROM t", { span, message: 'column "y" not found', … });
 * // its span is the `y` of the second line
 */
export function placedError(sql: string, fault: Omit<ProgramError, "snippet">): ProgramError {
  const positions = new TextPositions(sql);
  const span = namedIn(sql, positions, fault) ?? fault.span;
  return { ...fault, span, snippet: positions.snippet(span) };
}

function namedIn(
  sql: string,
  positions: TextPositions,
  { span, message }: Omit<ProgramError, "snippet">,
): Span | undefined {
  const names = [...message.matchAll(NAMED)].map(({ groups }) =>
    (groups?.["quoted"] ?? groups?.["bare"] ?? "").toLowerCase(),
  );
  if (names.length === 0) return undefined;
  const tokens = tokenize(sql)
    .tokens.filter(({ kind }) => kind === "word" || kind === "quoted")
    .map((token) => ({ name: token.value.toLowerCase(), place: positions.span(token) }))
    .filter(({ place }) => isWithin(place, span));
  const found = names.map((name) => tokens.find((token) => token.name === name));
  return found.find((token) => token !== undefined)?.place;
}

function isWithin(place: Span, outer: Span): boolean {
  const begins =
    place.startLine > outer.startLine ||
    (place.startLine === outer.startLine && place.startColumn >= outer.startColumn);
  const ends =
    place.endLine < outer.endLine ||
    (place.endLine === outer.endLine && place.endColumn <= outer.endColumn);
  return begins && ends;
}
