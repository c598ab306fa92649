/** The `parquet` format of input connectors. */

import { type InputFormat } from "@tidemark/connector";

import { ParquetDecoder } from "./parquet-decoder.ts";
import { parquetRowReader } from "./parquet-row.ts";

/** Reads Parquet files, each one stream; every row is an insert. */
export const parquetInput: InputFormat = {
  name: "parquet",
  options: [],
  decoder: ({ table }) => new ParquetDecoder((root) => parquetRowReader(table, root)),
};
