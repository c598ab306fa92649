/** The shape of a JSON file, told by its beginning. */

import { open } from "node:fs/promises";

const ENOUGH_BYTES = 4096;

/**
 * True for a file that is one array of records; false for records one after another, which may be
 * arrays of values themselves.
 */
export async function holdsArray(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(ENOUGH_BYTES), 0, ENOUGH_BYTES, 0);
  return /^\uFEFF?\s*\[\s*[[{\]]/.test(buffer.toString("utf8", 0, bytesRead));
}
