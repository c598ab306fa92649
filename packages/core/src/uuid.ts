/** UUIDs between their lower-case text and their 16 bytes. */

import { type ByteReader } from "./byte-reader.ts";
import { type ByteWriter } from "./byte-writer.ts";

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;
const DIGITS = "0123456789abcdef";
const BYTES = 16;

/** Writes the 16 bytes of a UUID; any other text is a programmer's error (`RangeError`). */
export function writeUuid(writer: ByteWriter, text: string): void {
  if (!TEXT.test(text)) {
    throw new RangeError(
      `a pipeline's id must be a UUID in lower case, got ${JSON.stringify(text)}`,
    );
  }
  for (let i = 0; i < text.length; i += 2) {
    if (text.charAt(i) === "-") i++;
    writer.byte(16 * digitAt(text, i) + digitAt(text, i + 1));
  }
}

/** Reads 16 bytes as the text of a UUID. */
export function readUuid(reader: ByteReader): string {
  let text = "";
  for (let i = 0; i < BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    const byte = reader.byte();
    text += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15);
  }
  return text;
}

function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 97 ? code - 48 : code - 87;
}
