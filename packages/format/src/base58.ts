/** Base58: bytes as letters and digits that are not mistaken for each other. */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Reading takes time by the square of the length. */
const LONGEST = 10_000;

/** The bytes that a text spells; undefined where it spells none. */
export function base58Bytes(text: string): Uint8Array | undefined {
  if (text.length > LONGEST) return undefined;
  let number = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const zeros = /^1*/u.exec(text)?.[0].length ?? 0;
  const hex = number === 0n ? "" : number.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return new Uint8Array([...Array.from({ length: zeros }, () => 0), ...digits]);
}

/** The text that spells bytes. */
export function base58Text(bytes: Uint8Array): string {
  let text = "";
  let number = BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
  for (; number > 0n; number /= 58n) text = (ALPHABET[Number(number % 58n)] ?? "") + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}
