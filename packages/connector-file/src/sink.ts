/** The `file_output` transport: a file that holds the changes of every taken step exactly once. */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

import {
  type Sink,
  type SinkContext,
  type SinkFactory,
  type Taken,
  type ViewChange,
  RefusedChanges,
  RefusedRowsError,
} from "@tidemark/connector";

import { fileOutputPath } from "./config.ts";
import { pathError } from "./file-fault.ts";
import { openRegular } from "./open-regular.ts";
import { readSinkRecord, type SinkRecord, writeSinkRecord } from "./sink-record.ts";

/** Sinks that append to files. */
export const fileOutput: SinkFactory = {
  transport: "file_output",
  refusesRows: true,
  format: "required",
  validate: ({ transport }) => void fileOutputPath(transport.config),
  open: openSink,
};

async function openSink(context: SinkContext): Promise<Sink> {
  const path = fileOutputPath(context.connector.transport.config);
  const text = await context.cell.read();
  const kept = text === undefined ? undefined : readSinkRecord(text);
  const record = kept?.life === context.life ? kept : undefined;
  const file = await openToWrite(path, record);
  try {
    await cutBack(file, path, record?.length ?? 0);
    if (record === undefined) await syncDirectory(path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new FileSink(file, context, record);
}

/** A sink that has written before goes on with its file; another one begins its file afresh. */
async function openToWrite(path: string, record: SinkRecord | undefined): Promise<FileHandle> {
  try {
    const create = record === undefined ? constants.O_CREAT : 0;
    return (await openRegular(path, constants.O_RDWR | create)).handle;
  } catch (error) {
    throw pathError(path, error);
  }
}

async function cutBack(file: FileHandle, path: string, length: number): Promise<void> {
  const { size } = await file.stat();
  if (size < length) {
    throw new Error(
      `file '${path}' has ${size} bytes, but ${length} were written to it: it was cut back or ` +
        "replaced; put it back, or clear the pipeline's storage to write it afresh",
    );
  }
  await file.truncate(length);
}

/** Makes the name of a new file durable. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

class FileSink implements Sink {
  readonly #file: FileHandle;
  readonly #context: SinkContext;
  #length: number;
  #step: bigint | undefined;

  constructor(file: FileHandle, context: SinkContext, record: SinkRecord | undefined) {
    this.#file = file;
    this.#context = context;
    this.#length = record?.length ?? 0;
    this.#step = record?.step;
  }

  get takenStep(): bigint {
    return this.#step ?? 0n;
  }

  async take(step: bigint, changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const { life, cell } = this.#context;
    const taken = await this.#append(changes);
    await this.#file.datasync();
    const length = this.#length + taken.bytes;
    await cell.write(writeSinkRecord({ life, step, length }));
    this.#length = length;
    this.#step = step;
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #append(changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const encoder = this.#context.encoder();
    const refused = new RefusedChanges(this.#context.columns);
    let records = 0;
    let bytes = 0;
    for await (const some of changes) {
      const good = refused.encodable(encoder, some);
      const text = encoder.encode(good);
      await this.#writeAll(text, this.#length + bytes);
      records += good.length;
      bytes += text.length;
    }
    if (refused.rows.length === 0) return { records, bytes };
    // What follows may be shorter.
    await this.#file.truncate(this.#length);
    throw new RefusedRowsError(refused.rows);
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.length - done;
      const { bytesWritten } = await this.#file.write(bytes, done, rest, position + done);
      done += bytesWritten;
    }
  }
}
