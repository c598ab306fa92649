export { csvInput } from "./csv-input.ts";
export { csvOutput } from "./csv-output.ts";
export { inputFormats, outputFormats } from "./formats.ts";
export { jsonInput } from "./json-input.ts";
export { jsonOutput } from "./json-output.ts";
export { queryStyle } from "./json-style.ts";
export { encodeRowJson, jsonRowEncoder, scalarText } from "./json-text.ts";
