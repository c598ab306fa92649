/** UTF-8, generalised so that every JavaScript string has exactly one encoding, lone surrogates too. */

const CONTINUATION = 0x80;

/** The bytes of a text; a lone surrogate becomes the three bytes of its code unit. */
export function toUtf8(text: string): Uint8Array {
  return asciiBytes(text) ?? anyBytes(text);
}

function asciiBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

function anyBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      bytes[length++] = code;
      continue;
    }
    const tail = code < 0x800 ? 1 : code < 0x1_0000 ? 2 : 3;
    bytes[length++] = leadMark(tail) | (code >> (6 * tail));
    for (let i = tail - 1; i >= 0; i--) bytes[length++] = CONTINUATION | ((code >> (6 * i)) & 0x3f);
  }
  return bytes.subarray(0, length);
}

/** The text of bytes that `toUtf8` can have written; undefined for any others. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  let before = 0;
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i] ?? 0;
    const tail = tailLength(lead);
    if (tail === undefined || i + tail >= bytes.length) return undefined;
    let code = tail === 0 ? lead : lead & (0x3f >> tail);
    for (let k = 1; k <= tail; k++) {
      const next = bytes[i + k] ?? 0;
      if ((next & 0xc0) !== CONTINUATION) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    if (!isShortest(code, tail) || (isHigh(before) && isLow(code))) return undefined;
    text += String.fromCodePoint(code);
    before = code;
    i += tail + 1;
  }
  return text;
}

function leadMark(tail: number): number {
  if (tail === 1) return 0xc0;
  return tail === 2 ? 0xe0 : 0xf0;
}

function tailLength(lead: number): number | undefined {
  if (lead < 0x80) return 0;
  if (lead < 0xc0) return undefined;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  return lead < 0xf5 ? 3 : undefined;
}

function isShortest(code: number, tail: number): boolean {
  switch (tail) {
    case 0:
      return true;
    case 1:
      return code >= 0x80;
    case 2:
      return code >= 0x800;
    default:
      return code >= 0x1_0000 && code <= 0x10_ffff;
  }
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
