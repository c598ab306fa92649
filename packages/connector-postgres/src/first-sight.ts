/** First sight of a slot: how far it had been confirmed when a connector first saw it. */

import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { type Offset, offset } from "@tidemark/core";

/**
 * Kept durably by the generation of the slot: of what was written before, it can't be told whether
 * the slot was there yet, and its reader was given it.
 */
export class FirstSight {
  readonly #directory: string;
  readonly #known = new Map<number, Promise<Offset>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The slot's confirmed position when this generation of it was first seen, which may be now. */
  of(generation: number, confirmed: Offset): Promise<Offset> {
    let known = this.#known.get(generation);
    if (known === undefined) {
      known = this.#read(generation, confirmed);
      this.#known.set(generation, known);
      known.catch(() => this.#known.delete(generation));
    }
    return known;
  }

  async #read(generation: number, confirmed: Offset): Promise<Offset> {
    const path = join(this.#directory, `first-sight-${generation}`);
    const held = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (held !== undefined) return offset(BigInt(held));
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.part`, "w", 0o600);
    try {
      await file.writeFile(String(confirmed));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    return confirmed;
  }
}
