/** English: the words that text is made of, loaded where a plan asks for them. */

import { type Faker } from "@faker-js/faker";

import { type Random } from "./random.ts";

/** Words of one source. The package has them in all languages, 40 MB, so it is loaded only when asked for. */
export class English {
  #isWanted = false;
  #faker: Faker | undefined;
  #drawing: Random = () => 0;

  /** Says that rows will ask for words. */
  want(): void {
    this.#isWanted = true;
  }

  /** To be called before the first row is made. */
  async load(): Promise<void> {
    if (!this.#isWanted) return;
    const { base, en, Faker } = await import("@faker-js/faker");
    this.#faker = new Faker({
      locale: [en, base],
      randomizer: { next: () => this.#drawing(), seed: () => undefined },
    });
  }

  /** The words, drawn from a row's stream. */
  from(random: Random): Faker {
    if (this.#faker === undefined) throw new TypeError("the words are not loaded");
    this.#drawing = random;
    return this.#faker;
  }
}
