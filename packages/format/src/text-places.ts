/** Where characters of a text stand in the bytes that it came from. */

/** Answers byte offsets of characters, quickly where they are asked for in their order. */
export class TextPlaces {
  readonly #text: string;
  #character = 0;
  #byte: number;

  /** `base`: the byte offset of the text itself. */
  constructor(text: string, base: number) {
    this.#text = text;
    this.#byte = base;
  }

  /** The byte offset of a character, which is none before the last one asked for. */
  of(character: number): number {
    this.#byte += Buffer.byteLength(this.#text.slice(this.#character, character));
    this.#character = character;
    return this.#byte;
  }
}
