/** A fingerprint: by what a file is known again. */

import { createHash } from "node:crypto";

/** How many of a file's first bytes tell it from others. */
export const HEADER_BYTES = 1024;

/** What of a file stays the same while it is only appended to. */
export interface Fingerprint {
  readonly device: string;
  readonly inode: string;
  /** When it was created, in nanoseconds since 1970. */
  readonly born: string;
  /** How many of its first bytes are hashed: at most 1024, and none beyond what was read. */
  readonly headerBytes: number;
  readonly headerHash: string;
}

/** The hash of a file's first bytes. */
export function headerHash(header: Uint8Array): string {
  return createHash("sha256").update(header).digest("base64url").slice(0, 16);
}

/** Writes a fingerprint as the text that a commit keeps. */
export function writeFingerprint(of: Fingerprint): string {
  return [of.device, of.inode, of.born, of.headerBytes, of.headerHash].join(":");
}

/** Reads what `writeFingerprint` wrote; undefined for any other text. */
export function readFingerprint(text: string): Fingerprint | undefined {
  const match = /^(\d+):(\d+):(-?\d+):(\d{1,4}):([-\w]{16})$/u.exec(text);
  const [, device, inode, born, headerBytes, hash] = match ?? [];
  if (device === undefined || inode === undefined || born === undefined) return undefined;
  if (headerBytes === undefined || hash === undefined) return undefined;
  return { device, inode, born, headerBytes: Number(headerBytes), headerHash: hash };
}
