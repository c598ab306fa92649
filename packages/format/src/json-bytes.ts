/** The bytes that JSON text is made of. */

/** The byte that begins and ends a string. */
export const QUOTE = 34;
/** The byte that escapes the next one in a string. */
export const BACKSLASH = 92;
/** The byte that ends a line. */
export const NEWLINE = 10;
/** The byte that ends a line as well, alone or before a newline. */
export const RETURN = 13;
/** Opens an object. */
export const OPEN_OBJECT = 0x7b;
/** Closes an object. */
export const CLOSE_OBJECT = 0x7d;
/** Opens an array. */
export const OPEN_ARRAY = 0x5b;
/** Closes an array. */
export const CLOSE_ARRAY = 0x5d;
/** Stands between elements. */
export const COMMA = 0x2c;
/** Stands between a key and its value. */
export const COLON = 0x3a;

/** Deeper documents are refused: reading them would take up memory and stack without bound. */
export const MAX_DEPTH = 1000;

/** Whether a byte is one that JSON allows between its tokens. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === NEWLINE || byte === RETURN || byte === 9;
}

/** Whether a byte ends a line. */
export function isLineEnd(byte: number | undefined): boolean {
  return byte === NEWLINE || byte === RETURN;
}

/** Whether a byte begins an object or an array. */
export function isOpening(byte: number | undefined): boolean {
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY;
}

/** The first byte from `from` on that is not blank. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isBlank(bytes[at])) at += 1;
  return at;
}

/** Whether a text opens more brackets one in the other than a document may. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH || !opensMany(text)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (isOpening(code)) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth -= 1;
    }
  }
  return false;
}

/** Whether a text has so many opening brackets that it might be too deep; quick where it has few. */
function opensMany(text: string): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > MAX_DEPTH) return true;
    }
  }
  return false;
}
