/** The `json` format of output connectors. */

import { ConfigError, type Encoder, type OutputFormat, type ViewChange } from "@tidemark/connector";

import { booleanOption, choiceOption } from "./config-fields.ts";
import { jsonRowEncoder } from "./json-text.ts";

/** Writes changes as lines of insert/delete events, or a line of rows; with `array` one array a call. */
export const jsonOutput: OutputFormat = {
  name: "json",
  encoder: ({ columns, config }) => {
    const updateFormat = choiceOption(config, "update_format", {
      allowed: ["insert_delete", "raw", "weighted", "debezium", "snowflake", "redis"],
      otherwise: "insert_delete",
    });
    if (updateFormat !== "insert_delete" && updateFormat !== "raw") {
      throw new ConfigError(
        "update_format",
        `update format \`${updateFormat}\` is not supported for JSON output; supported are insert_delete, raw`,
        "unsupported",
      );
    }
    const flavor = config["json_flavor"] ?? "default";
    if (flavor !== "default") {
      throw new ConfigError(
        "json_flavor",
        `JSON flavor \`${JSON.stringify(flavor)}\` is not supported for output; supported is default`,
        "unsupported",
      );
    }
    const encodeRow = jsonRowEncoder(columns);
    const encodeChange = updateFormat === "raw" ? rawEvent(encodeRow) : insertDelete(encodeRow);
    return booleanOption(config, "array", false) ? arrays(encodeChange) : lines(encodeChange);
  },
};

type ChangeEncoder = (change: ViewChange) => string;

function insertDelete(encodeRow: (row: ViewChange["row"]) => string): ChangeEncoder {
  return ({ weight, row }) => `{"${weight > 0 ? "insert" : "delete"}":${encodeRow(row)}}`;
}

/** Raw rows can't say that a row went away, so deletes are refused rather than left out. */
function rawEvent(encodeRow: (row: ViewChange["row"]) => string): ChangeEncoder {
  return ({ weight, row }) => {
    if (weight < 0) {
      throw new ConfigError(
        "update_format",
        "the view deletes a row, which `raw` can't express; use insert_delete",
      );
    }
    return encodeRow(row);
  };
}

function lines(encodeChange: ChangeEncoder): Encoder {
  return {
    encode: (changes) => {
      let text = "";
      for (const change of changes) text += `${encodeChange(change)}\n`;
      return Buffer.from(text);
    },
  };
}

function arrays(encodeChange: ChangeEncoder): Encoder {
  return {
    encode: (changes) =>
      Buffer.from(changes.length === 0 ? "" : `[${changes.map(encodeChange).join(",")}]\n`),
  };
}
