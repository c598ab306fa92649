/** Opening regular files, and nothing else: the others could hold a thread that all share. */

import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Codes of faults, as the system would give them, of what is no regular file. */
const IRREGULAR = { directory: "EISDIR", pipe: "EPIPED", device: "EDEVICE" } as const;

/**
 * Opens a regular file by the flags of `open(2)`; rejects as the system does. A named pipe is opened
 * without waiting for who is at its other end, so that it can be refused.
 */
export async function openRegular(
  path: string,
  flags: number,
): Promise<{ readonly handle: FileHandle; readonly status: BigIntStats }> {
  const handle = await open(path, flags | constants.O_NONBLOCK);
  try {
    const status = await handle.stat({ bigint: true });
    if (status.isFile()) return { handle, status };
    throw Object.assign(new Error("it is not a regular file"), { code: IRREGULAR[kindOf(status)] });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function kindOf(status: BigIntStats): keyof typeof IRREGULAR {
  if (status.isDirectory()) return "directory";
  return status.isFIFO() ? "pipe" : "device";
}
