/** Chunk formats: how a subscription asks for its changes to be written. */

import { type JsonValue } from "@tidemark/program";

import { ConfigError } from "../../config-error.ts";
import { type OutputFormat } from "../../format.ts";
import { type Subscribe } from "../../running-pipeline.ts";
import { type OutputColumn } from "../../value.ts";
import { type ChunkFormat } from "./chunk-writer.ts";

const CHUNK_RECORDS = 10_000;

/** Opens a format for these columns; throws `ConfigError` naming the field at fault. */
export function chunkFormat(
  formats: ReadonlyMap<string, OutputFormat>,
  { name, config }: Subscribe["format"],
  columns: readonly OutputColumn[],
): ChunkFormat {
  const format = formats.get(name);
  if (format === undefined) {
    const known = [...formats.keys()].join(", ");
    const message = `unknown format '${name}'; there are: ${known}`;
    throw new ConfigError("format.name", message, "unknown-format");
  }
  const encoder = format.encoder({ columns, config });
  return { encoder, chunkRecords: chunkRecords(config["buffer_size_records"]) };
}

/** Options come as JSON, or as the texts of a query string. */
function chunkRecords(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return CHUNK_RECORDS;
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 1) return number;
  const message = `buffer_size_records: expected a whole number from 1, found ${JSON.stringify(value)}`;
  throw new ConfigError("buffer_size_records", message);
}
