/** The configuration of `file_input` and `file_output`. */

import { flagField, pathField, wholeField } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

const DEFAULT_BUFFER_BYTES = 256 * 1024;

/** The configuration of a `file_input` connector. */
export interface FileInputConfig {
  readonly path: string;
  /** Bytes that one reading asks for. */
  readonly bufferSizeBytes: number;
  /** Whether to wait for more at the end of the file. */
  readonly follow: boolean;
}

/** Reads it; throws `ConfigError`. */
export function fileInputConfig(config: JsonObject): FileInputConfig {
  return {
    path: pathField(config, "path"),
    bufferSizeBytes: wholeField(config, "buffer_size_bytes", {
      least: 1,
      otherwise: DEFAULT_BUFFER_BYTES,
    }),
    follow: flagField(config, "follow", false),
  };
}

/** Reads the path of a `file_output` connector; throws `ConfigError`. */
export function fileOutputPath(config: JsonObject): string {
  return pathField(config, "path");
}
