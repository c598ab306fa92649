/** Unpadded base64url: bytes as text that is safe in URLs, one text for each sequence of bytes. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NOT_A_DIGIT = -1;
const DIGITS: Int8Array = digitTable();

/** What decoding answers: the bytes, or what is wrong with the text. */
export type Base64urlDecoded =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "malformed"; readonly message: string };

/** Writes bytes without padding. */
export function toBase64url(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = "";
  for (let i = 0; i < whole; i += 3) {
    const group = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2);
    text += digit(group >> 18) + digit(group >> 12) + digit(group >> 6) + digit(group);
  }
  const rest = bytes.length - whole;
  if (rest === 0) return text;
  const group = (at(bytes, whole) << 16) | (at(bytes, whole + 1) << 8);
  text += digit(group >> 18) + digit(group >> 12);
  return rest === 2 ? text + digit(group >> 6) : text;
}

/**
 * Reads the text from `start`; `=` at its end is ignored. Unused bits of the last character must be
 * zero, so that no two texts without padding read as the same bytes.
 */
export function fromBase64url(text: string, start: number): Base64urlDecoded {
  let end = text.length;
  while (end > start && text[end - 1] === "=") end--;
  const bytes = new Uint8Array(Math.floor(((end - start) * 3) / 4));
  let length = 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const group =
      (digitAt(text, i) << 18) |
      (digitAt(text, i + 1) << 12) |
      (digitAt(text, i + 2) << 6) |
      digitAt(text, i + 3);
    if (group < 0) break;
    bytes[length++] = group >> 16;
    bytes[length++] = group >> 8;
    bytes[length++] = group;
  }
  let bits = 0;
  let group = 0;
  for (; i < end; i++) {
    const value = digitAt(text, i);
    if (value < 0) return malformed(alienCharacter(text, i));
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = group >> bits;
  }
  if (bits === 6) return malformed(`it is cut off: its ${end} characters end inside a byte`);
  if ((group & ((1 << bits) - 1)) !== 0) {
    return malformed(
      `character ${end} is not the canonical last one: its unused bits must be zero`,
    );
  }
  return { kind: "bytes", bytes };
}

function malformed(message: string): Base64urlDecoded {
  return { kind: "malformed", message };
}

function alienCharacter(text: string, index: number): string {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return `character ${index + 1} is ${JSON.stringify(character)}, only A-Z, a-z, 0-9, - and _ are allowed`;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function digit(bits: number): string {
  return ALPHABET.charAt(bits & 63);
}

/** The value of a character; below 0 for any that is no digit, also after shifting it left. */
function digitAt(text: string, index: number): number {
  return DIGITS[text.charCodeAt(index)] ?? NOT_A_DIGIT;
}

function digitTable(): Int8Array {
  const table = new Int8Array(128).fill(NOT_A_DIGIT);
  for (let i = 0; i < ALPHABET.length; i++) table[ALPHABET.charCodeAt(i)] = i;
  return table;
}
