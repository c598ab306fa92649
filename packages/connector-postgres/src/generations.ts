/** Generations of a slot: how often it was seen to be gone or made anew, as PostgreSQL gives slots no identity. */

import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { type Offset, offset } from "@tidemark/core";

import { type ObservedSlot, type SlotReading } from "./slot-reading.ts";

/** What a slot is known again by, and where the log ended when it was seen. */
interface Seen extends Pick<ObservedSlot, "plugin" | "database" | "decoded"> {
  readonly head: Offset;
}

/**
 * Counts them, durably: what was issued in one generation must not be judged by another after a
 * restart. What was seen is kept with each, so that a slot is told from one made anew meanwhile.
 */
export class Generations {
  readonly #directory: string;
  #now: number;
  #seen: Seen | undefined;
  #writes: Promise<void> = Promise.resolve();
  #isKept: boolean;

  private constructor(directory: string, now: number, seen: Seen | undefined) {
    this.#directory = directory;
    this.#now = now;
    this.#seen = seen;
    this.#isKept = seen !== undefined;
  }

  /** Goes on where it was, in a folder that need not be there yet. */
  static async open(directory: string): Promise<Generations> {
    const held = await readFile(join(directory, "generation"), "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "0";
      throw error;
    });
    const [now = "0", head, decoded, plugin, ...database] = held.split(" ");
    if (head === undefined || decoded === undefined || plugin === undefined) {
      return new Generations(directory, Number(now), undefined);
    }
    return new Generations(directory, Number(now), {
      head: offset(BigInt(head)),
      decoded: BigInt(decoded),
      plugin,
      database: database.join(" "),
    });
  }

  /** The generation of the slot as it was last seen. */
  get now(): number {
    return this.#now;
  }

  /** Takes a reading into account; resolves once a generation that it began is durable. */
  async see({ slot, head }: SlotReading): Promise<void> {
    const usable = slot?.lost === undefined ? slot : undefined;
    const before = this.#seen;
    const ends = before !== undefined && !(usable !== undefined && goesOn(before, usable));
    if (ends) this.#now += 1;
    this.#seen = usable && { ...usable, head };
    if (ends || (usable !== undefined && !this.#isKept)) {
      this.#isKept = usable !== undefined;
      const { plugin, database, decoded } = usable ?? {};
      const seen = usable === undefined ? "" : ` ${head} ${decoded} ${plugin} ${database}`;
      const text = `${this.#now}${seen}`;
      this.#writes = this.#writes.catch(() => undefined).then(() => this.#keep(text));
    }
    try {
      await this.#writes;
    } catch (error) {
      this.#isKept = false;
      throw error;
    }
  }

  async #keep(text: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, "generation");
    const file = await open(`${path}.part`, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
  }
}

/**
 * Whether a slot is taken for the same one as before, by where the log ended then. One that would
 * begin again before that was there already. Of another, its counter tells: it only grows while the
 * slot is the same, and a slot that nothing went through can't have come further by being read.
 */
function goesOn(before: Seen, now: ObservedSlot): boolean {
  if (now.plugin !== before.plugin || now.database !== before.database) return false;
  if (now.restart < before.head) return true;
  return now.decoded > 0n && now.decoded >= before.decoded;
}
