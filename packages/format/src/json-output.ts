/** The `json` format of output connectors. */

import { ConfigError, type Encoder, type OutputFormat, type ViewChange } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { booleanOption, choiceOption } from "./config-fields.ts";
import { type JsonStyle, jsonStyles } from "./json-style.ts";
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
    refuseKeyFields(config);
    const encodeRow = jsonRowEncoder(columns, readStyle(config));
    const encodeChange = updateFormat === "raw" ? rawEvent(encodeRow) : insertDelete(encodeRow);
    return booleanOption(config, "array", false) ? arrays(encodeChange) : lines(encodeChange);
  },
};

function readStyle(config: JsonObject): JsonStyle {
  const flavor = config["json_flavor"] ?? "default";
  const style = typeof flavor === "string" ? jsonStyles.get(flavor) : undefined;
  if (style !== undefined) return style;
  const known = [...jsonStyles.keys()].join(", ");
  throw new ConfigError(
    "json_flavor",
    `JSON flavor \`${JSON.stringify(flavor)}\` is not supported for output; supported are ${known}`,
    "unsupported",
  );
}

function refuseKeyFields(config: JsonObject): void {
  if ((config["key_fields"] ?? null) === null) return;
  throw new ConfigError(
    "key_fields",
    "'key_fields' property is only supported for the 'debezium' or 'redis' update format",
  );
}

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
