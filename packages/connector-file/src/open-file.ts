/** An open file: what is read of it, and whether it is still the file that it was. */

import { constants } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";

import { type Fingerprint, HEADER_BYTES, headerHash } from "./fingerprint.ts";
import { openRegular } from "./open-regular.ts";

type Identity = Pick<Fingerprint, "device" | "inode" | "born">;

/** A file open for reading, and the first bytes that were read of it. */
export class OpenFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #identity: Identity;
  #header: Uint8Array = new Uint8Array();

  private constructor(handle: FileHandle, identity: Identity) {
    this.#handle = handle;
    this.#identity = identity;
  }

  /** Opens a path; rejects as the system does, and for anything but a regular file. */
  static async open(path: string): Promise<OpenFile> {
    const { handle, status } = await openRegular(path, constants.O_RDONLY);
    const { dev, ino, birthtimeNs } = status;
    const born = String(birthtimeNs);
    return new OpenFile(handle, { device: String(dev), inode: String(ino), born });
  }

  /** By what the file is known again, as far as it was read. */
  get fingerprint(): Fingerprint {
    const header = this.#header;
    return { ...this.#identity, headerBytes: header.length, headerHash: headerHash(header) };
  }

  async size(): Promise<bigint> {
    const { size } = await this.#handle.stat({ bigint: true });
    return size;
  }

  /** Reads the next bytes from an offset on: at most so many, none at the file's present end. */
  async read(offset: bigint, atMost: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(atMost);
    const { bytesRead } = await this.#handle.read(buffer, 0, atMost, Number(offset));
    return buffer.subarray(0, bytesRead);
  }

  /** Takes up that these bytes at an offset were read; offsets come in order. */
  took(offset: bigint, bytes: Uint8Array): void {
    const known = this.#header.length;
    if (known === HEADER_BYTES || offset > BigInt(known)) return;
    const more = bytes.subarray(known - Number(offset), HEADER_BYTES - Number(offset));
    const header = new Uint8Array(known + more.length);
    header.set(this.#header);
    header.set(more, known);
    this.#header = header;
  }

  /** Whether this is the file of a fingerprint, and so much of it is still there; if so, goes on with it. */
  async isThat(known: Fingerprint, readBytes: bigint): Promise<boolean> {
    const { device, inode, born } = this.#identity;
    if (device !== known.device || inode !== known.inode || born !== known.born) return false;
    const header = await this.#headerNow(known.headerBytes);
    if (headerHash(header) !== known.headerHash) return false;
    if ((await this.size()) < readBytes) return false;
    this.#header = header;
    return true;
  }

  /**
   * Whether what was read is still there: it was neither cut back nor written over. A file that has
   * grown again beyond what was read, with the same first bytes, can't be told from one that stayed.
   */
  async isIntact(readBytes: bigint): Promise<boolean> {
    if ((await this.size()) < readBytes) return false;
    const header = await this.#headerNow(this.#header.length);
    return Buffer.compare(header, this.#header) === 0;
  }

  /** Whether the path names another file by now, to which something was written already. */
  async isReplacedAt(path: string): Promise<boolean> {
    const { dev, ino, size } = await stat(path, { bigint: true });
    const { device, inode } = this.#identity;
    return size > 0n && (String(dev) !== device || String(ino) !== inode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #headerNow(bytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < bytes) {
      const part = await this.read(BigInt(length), bytes - length);
      if (part.length === 0) break;
      parts.push(part);
      length += part.length;
    }
    return Buffer.concat(parts);
  }
}
