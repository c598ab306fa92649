/** How the pages of Parquet files are unpacked; Snappy is the reader's own. */

import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";

import { type Compressors } from "hyparquet";

/** Unpacks a page to exactly so many bytes; throws for what is none or more. */
export const parquetCompressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
};
