/** An incarnation: the identity of one life of a number line, compared for equality only. */

declare const brand: unique symbol;

/** Identity of one life of a number line (a file's fingerprint, a topic id, an engine's epoch), 1 to 255 characters. */
export type Incarnation = string & { readonly [brand]: "Incarnation" };

/** Mints an incarnation; an empty or overlong text is a programmer's error (`RangeError`). */
export function incarnation(text: string): Incarnation {
  if (isIncarnation(text)) return text;
  throw new RangeError(`incarnation must have 1 to 255 characters, got ${text.length}`);
}

function isIncarnation(text: string): text is Incarnation {
  return text.length >= 1 && text.length <= 255;
}
