import { type InputFormat, type OutputFormat } from "@tidemark/connector";

import { jsonInput } from "./json-input.ts";
import { jsonOutput } from "./json-output.ts";

export { encodeRowJson, jsonRowEncoder } from "./json-text.ts";
export { renderTextTable } from "./text-table.ts";
export { jsonInput, jsonOutput };

/** The formats of input connectors, by name. */
export const inputFormats: ReadonlyMap<string, InputFormat> = new Map([
  [jsonInput.name, jsonInput],
]);
/** The formats of output connectors, by name. */
export const outputFormats: ReadonlyMap<string, OutputFormat> = new Map([
  [jsonOutput.name, jsonOutput],
]);
