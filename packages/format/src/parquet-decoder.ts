/** Decodes streams that are one Parquet file each. */

import { type Decoded, type Decoder, type RecordError, type Row } from "@tidemark/connector";
import {
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";

import { parquetCompressors } from "./parquet-compressors.ts";
import { conversionError, recordError } from "./record-error.ts";

/** Converts one row as the Parquet reader gives it; throws `ValueFault`. */
export type ParquetRowReader = (row: unknown) => Row;

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_ROWS = 10_000_000;

/** Holds a stream until its end, because only there a file says where its parts are. */
export class ParquetDecoder implements Decoder {
  readonly #readerOf: (root: SchemaTree) => ParquetRowReader;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #total = 0n;
  #events = 0;
  #rows: Row[] = [];
  #errors: RecordError[] = [];

  /** `readerOf` answers the reader of a file's rows, given its schema; throws `ValueFault`. */
  constructor(readerOf: (root: SchemaTree) => ParquetRowReader) {
    this.#readerOf = readerOf;
  }

  push(bytes: Uint8Array): Decoded {
    this.#total += BigInt(bytes.byteLength);
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes <= MAX_FILE_BYTES) this.#held.push(new Uint8Array(bytes));
    else this.#held = [];
    return this.#answer();
  }

  async finish(): Promise<Decoded> {
    const size = this.#heldBytes;
    const file = whole(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (size > MAX_FILE_BYTES) this.#refuse(`the file is longer than ${MAX_FILE_BYTES} bytes`);
    else if (size > 0) await this.#readFile(file);
    return this.#answer();
  }

  async #readFile(file: ArrayBuffer): Promise<void> {
    try {
      const metadata = parquetMetadata(file, { geoparquet: false });
      if (metadata.num_rows > BigInt(MAX_ROWS)) {
        return this.#refuse(`the file has more than ${MAX_ROWS} rows`);
      }
      const read = this.#readerOf(parquetSchema(metadata));
      await this.#readRows(file, withPlainLeaves(metadata), read);
    } catch (error) {
      this.#rows = [];
      this.#errors = [];
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  /** Group by group, each of which is unpacked as a whole. */
  async #readRows(
    file: ArrayBuffer,
    metadata: FileMetaData,
    read: ParquetRowReader,
  ): Promise<void> {
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows: readonly unknown[] = await parquetReadObjects({
        file,
        metadata,
        utf8: false,
        compressors: parquetCompressors,
        parsers: { timestampFromNanoseconds: (nanoseconds) => nanoseconds },
        rowStart,
        rowEnd,
      });
      for (const row of rows) this.#take(row, read);
      rowStart = rowEnd;
    }
    if (BigInt(rowStart) !== metadata.num_rows) {
      throw new Error(`its parts hold ${rowStart} rows, and it says ${metadata.num_rows}`);
    }
  }

  #take(row: unknown, read: ParquetRowReader): void {
    this.#events += 1;
    try {
      this.#rows.push(read(row));
    } catch (error) {
      this.#errors.push(conversionError(error, "Parquet record", { eventNumber: this.#events }));
    }
  }

  #refuse(reason: string): void {
    this.#errors.push(
      recordError({
        description: `Unable to read parquet file: ${reason}`,
        suggestion: "Make sure the provided file is a valid parquet file.",
      }),
    );
  }

  #answer(): Decoded {
    const decoded: Decoded = {
      changes: { rows: this.#rows },
      records: this.#rows.length,
      consumedBytes: this.#total - BigInt(this.#heldBytes),
      errors: this.#errors,
    };
    this.#rows = [];
    this.#errors = [];
    return decoded;
  }
}

function whole(pieces: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all.buffer;
}

/** The same file with leaves that the reader leaves as they are stored, so that no digit is lost. */
function withPlainLeaves(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.type === undefined) return element;
      const { converted_type: _converted, logical_type: _logical, ...plain } = element;
      return element.type === "INT96" ? element : plain;
    }),
  };
}
