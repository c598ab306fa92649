/** Spools: rows as of one moment, copied to a file, so that they can be given in parts and after a crash. */

import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A spool that holds all of its rows. */
export interface FullSpool {
  /** One word that the source keeps with the rows. */
  readonly note: string;
  /** Where its rows begin, in bytes. */
  readonly begin: bigint;
  /** Where they end. */
  readonly end: bigint;
}

const PART_BYTES = 262_144;
const HEADING_BYTES = 4096;

/**
 * A snapshot can't be taken twice, and is too large to be one batch. So it is copied first, and nothing
 * of it is given before the copy is durable: from then on, positions in it mean the same for ever.
 */
export class Spool {
  readonly #directory: string;
  readonly #path: string;
  readonly #identity: string;

  /** In a folder that need not be there yet; rows of another identity count as none. */
  constructor(directory: string, identity: string) {
    this.#directory = directory;
    this.#path = join(directory, "snapshot.ndjson");
    this.#identity = identity;
  }

  /** What was copied whole; undefined where nothing was. */
  async find(): Promise<FullSpool | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.#path, "r");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    try {
      const { buffer } = await file.read(Buffer.alloc(HEADING_BYTES), 0, HEADING_BYTES, 0);
      const begin = buffer.indexOf("\n") + 1;
      const [identity, note = ""] = buffer.toString("utf8", 0, begin).trim().split(" ");
      if (identity !== this.#identity) return undefined;
      return { note, begin: BigInt(begin), end: BigInt((await file.stat()).size) };
    } finally {
      await file.close();
    }
  }

  /** Copies rows, each a line; durable once it resolves, and nothing where it rejects. */
  async fill(note: string, rows: AsyncIterable<Buffer>): Promise<FullSpool> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const part = `${this.#path}.part`;
    const heading = `${this.#identity} ${note}\n`;
    const file = await open(part, "w", 0o600);
    try {
      await file.writeFile(heading);
      for await (const some of rows) await file.writeFile(some);
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(part, { force: true });
      throw error;
    }
    const { size } = await file.stat();
    await file.close();
    await rename(part, this.#path);
    await syncDirectory(this.#directory);
    return { note, begin: BigInt(Buffer.byteLength(heading)), end: BigInt(size) };
  }

  /** Keeps a text beside the rows, durably once they are. */
  async keep(text: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(this.#kept, text, { mode: 0o600, flush: true });
  }

  /** The text that was kept; undefined where there is none. */
  async kept(): Promise<string | undefined> {
    return await readFile(this.#kept, "utf8").catch(() => undefined);
  }

  get #kept(): string {
    return join(this.#directory, "kept");
  }

  /** Keeps in mind, durably, that a copy is about to be made. */
  async announce(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(this.#announced, this.#identity, { mode: 0o600, flush: true });
    await syncDirectory(this.#directory);
  }

  /** Whether a copy was about to be made of the same rows, or was made. */
  async wasAnnounced(): Promise<boolean> {
    const held = await readFile(this.#announced, "utf8").catch(() => undefined);
    return held === this.#identity;
  }

  get #announced(): string {
    return join(this.#directory, "announced");
  }

  /** The bytes from a place on, in parts of bounded size that are cut anywhere. */
  async *read(from: bigint, signal: AbortSignal): AsyncGenerator<Buffer> {
    const start = Number(from);
    const stream = createReadStream(this.#path, { start, highWaterMark: PART_BYTES, signal });
    for await (const bytes of stream) {
      if (!Buffer.isBuffer(bytes)) throw new TypeError("a stream without encoding gives bytes");
      yield bytes;
    }
  }

  /** Its rows are not needed any more. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A new name in a folder is durable once the folder is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
