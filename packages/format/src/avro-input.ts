/** The `avro` format of input connectors, which no connector here can be given yet. */

import { ConfigError, type InputFormat } from "@tidemark/connector";

/** Refuses every use, in words that tell it from a format that does not exist. */
export const avroInput: InputFormat = {
  name: "avro",
  options: [],
  decoder: () => {
    throw new ConfigError(
      "format.name",
      "Avro is not supported for this input; use json, csv, parquet or raw",
      "unsupported",
    );
  },
};
