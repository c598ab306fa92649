/** The `csv` format of output connectors. */

import { ConfigError, type OutputFormat, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { characterOption } from "./config-fields.ts";
import { scalarText } from "./json-text.ts";

/**
 * Writes a line for every change: the columns, then the weight. NULL is an empty field, but `NULL`
 * in columns of text, where an empty field is the empty text.
 */
export const csvOutput: OutputFormat = {
  name: "csv",
  encoder: ({ columns, config }) => {
    const delimiter = characterOption(config, "delimiter") ?? ",";
    if (delimiter === '"') {
      throw new ConfigError("delimiter", "delimiter: must differ from the quote character");
    }
    return {
      encode: (changes) => {
        let text = "";
        for (const { weight, row } of changes) {
          for (const [index, { type }] of columns.entries()) {
            text += field(type, row[index] ?? null, delimiter) + delimiter;
          }
          text += `${weight}\n`;
        }
        return Buffer.from(text);
      },
    };
  },
};

function field(type: ColumnType, value: Value, delimiter: string): string {
  if (value === null) return type.kind === "text" ? "NULL" : "";
  const text = scalarText(type, value);
  const special = text.includes(delimiter) || /["\r\n]/.test(text);
  const quoted = special || (type.kind === "text" && (text === "NULL" || text === "null"));
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}
