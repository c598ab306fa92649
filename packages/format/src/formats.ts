/** All formats, by the names that connectors give them. */

import { type InputFormat, type OutputFormat } from "@tidemark/connector";

import { avroInput } from "./avro-input.ts";
import { csvInput } from "./csv-input.ts";
import { csvOutput } from "./csv-output.ts";
import { jsonInput } from "./json-input.ts";
import { jsonOutput } from "./json-output.ts";
import { parquetInput } from "./parquet-input.ts";
import { rawInput } from "./raw-input.ts";

/** The formats of input connectors. */
export const inputFormats: ReadonlyMap<string, InputFormat> = byName([
  csvInput,
  jsonInput,
  parquetInput,
  rawInput,
  avroInput,
]);

/** The formats of output connectors. */
export const outputFormats: ReadonlyMap<string, OutputFormat> = byName([csvOutput, jsonOutput]);

function byName<T extends { readonly name: string }>(
  formats: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(formats.map((format) => [format.name, format]));
}
