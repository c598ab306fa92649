/** The `json` format of input connectors. */

import { ConfigError, type InputFormat } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { withoutMark } from "./byte-order-mark.ts";
import { booleanOption, choiceOption } from "./config-fields.ts";
import { precisionGuard } from "./exact-json.ts";
import { JsonDecoder } from "./json-decoder.ts";
import { eventReader, updateFormats } from "./json-events.ts";
import { type JsonFlavor, jsonFlavors } from "./json-flavor.ts";

const UNSUPPORTED_FORMATS: ReadonlyMap<string, string> = new Map([
  ["snowflake", "Snowflake is not supported for JSON input streams"],
  ["weighted", "Weighted is not supported for JSON input streams"],
  ["redis", "Redis is not supported for JSON input streams"],
]);
/** A schema with this names a type whose numbers are too long for floats. */
const NANOS = "io.debezium.time.Nano";

/** Reads JSON documents: raw records, insert/delete events or Debezium events, alone or in arrays. */
export const jsonInput: InputFormat = {
  name: "json",
  options: ["update_format", "json_flavor", "array", "lines"],
  decoder: ({ table, config, continued = false }) => {
    const updateFormat = readUpdateFormat(config);
    const flavor = readFlavor(config);
    const mayLose = precisionGuard(table.columns.map((column) => column.type));
    const decoder = new JsonDecoder({
      events: eventReader(updateFormat, table, flavor),
      mayLose:
        updateFormat === "debezium" ? (text) => text.includes(NANOS) || mayLose(text) : mayLose,
      array: booleanOption(config, "array", false),
      singleLines:
        choiceOption(config, "lines", {
          allowed: ["multiple", "single"],
          otherwise: "multiple",
        }) === "single",
    });
    return continued ? decoder : withoutMark(decoder);
  },
};

function readUpdateFormat(config: JsonObject): (typeof updateFormats)[number] {
  const value = config["update_format"];
  const unsupported = typeof value === "string" ? UNSUPPORTED_FORMATS.get(value) : undefined;
  if (unsupported !== undefined) throw new ConfigError("update_format", unsupported, "unsupported");
  return choiceOption(config, "update_format", {
    allowed: updateFormats,
    otherwise: "insert_delete",
  });
}

function readFlavor(config: JsonObject): JsonFlavor {
  const value = config["json_flavor"] ?? "default";
  const flavor = typeof value === "string" ? jsonFlavors.get(value) : undefined;
  if (flavor !== undefined) return flavor;
  const known = [...jsonFlavors.keys()];
  choiceOption(config, "json_flavor", { allowed: known, otherwise: "default" });
  throw new ConfigError("json_flavor", "unknown JSON flavor");
}
