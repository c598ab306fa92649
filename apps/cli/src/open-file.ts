/** Files that are read as streams: regular ones, pipes with a name, and standard input. */

import { createReadStream, open as openDescriptor } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { type Readable } from "node:stream";
import { promisify } from "node:util";

/** A file that is being read. */
export interface OpenFile extends AsyncDisposable {
  readonly stream: Readable;
  /** Undefined where it can't be known. */
  readonly bytes: number | undefined;
}

const CHUNK_BYTES = 1 << 18;

/** Opens a file; `-` is standard input. A pipe with a name opens once it has a writer. */
export async function openFile(file: string): Promise<OpenFile> {
  if (file === "-") return unsized(process.stdin);
  if (!(await isRegular(file))) {
    // Read as a file, a pipe that nothing is written to would keep the program from ending.
    const descriptor = await promisify(openDescriptor)(file, "r");
    return unsized(new Socket({ fd: descriptor, readable: true, writable: false }));
  }
  const handle = await open(file);
  const { size } = await handle.stat();
  const options = { fd: handle.fd, autoClose: false, highWaterMark: CHUNK_BYTES };
  return {
    stream: createReadStream(file, options),
    bytes: size,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Whether its beginning can be looked at before it is read. */
export async function isRegular(file: string): Promise<boolean> {
  return file !== "-" && !(await stat(file)).isFIFO();
}

/** Input that stays open would keep the program from ending. */
function unsized(stream: Readable): OpenFile {
  return {
    stream,
    bytes: undefined,
    [Symbol.asyncDispose]: async () => void stream.destroy(),
  };
}
