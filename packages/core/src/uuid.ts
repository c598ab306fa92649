/** UUIDs between their lower-case text and their 16 bytes. */

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;

/** The 16 bytes of a UUID; any other text is a programmer's error (`RangeError`). */
export function uuidBytes(text: string): Uint8Array {
  if (!TEXT.test(text)) {
    throw new RangeError(
      `a pipeline's id must be a UUID in lower case, got ${JSON.stringify(text)}`,
    );
  }
  const bytes = new Uint8Array(16);
  for (let i = 0, at = 0; i < 16; i++, at += 2) {
    if (text[at] === "-") at++;
    bytes[i] = Number.parseInt(text.slice(at, at + 2), 16);
  }
  return bytes;
}

/** The text of a UUID's 16 bytes. */
export function uuidText(bytes: Uint8Array): string {
  let text = "";
  for (const [i, byte] of bytes.entries()) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += (byte + 0x100).toString(16).slice(1);
  }
  return text;
}
