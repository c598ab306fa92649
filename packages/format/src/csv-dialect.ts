/** CSV dialects: the options that say how fields are cut. */

import { ConfigError } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { booleanOption, characterOption, choiceOption } from "./config-fields.ts";

/** How a stream is cut into records and fields. */
export interface CsvDialect {
  readonly delimiter: string;
  /** Absent where quoting is off. */
  readonly quote?: string;
  /** Takes its special meaning from the next character, inside quotes. */
  readonly escape?: string;
  /** Whether a doubled quote inside quotes stands for one. */
  readonly doubleQuote: boolean;
  /** Begins lines that are skipped. */
  readonly comment?: string;
  /** Whether the first record is a heading, by which columns are found. */
  readonly headers: boolean;
  /** Whether records may differ in their number of fields. */
  readonly flexible: boolean;
  readonly trimFields: boolean;
  readonly trimHeaders: boolean;
}

/** Reads the options; throws `ConfigError`. */
export function csvDialect(config: JsonObject): CsvDialect {
  const quoting = booleanOption(config, "quoting", true);
  const quote = quoting ? (characterOption(config, "quote") ?? '"') : undefined;
  const escape = quoting ? characterOption(config, "escape") : undefined;
  const comment = characterOption(config, "comment");
  const delimiter = characterOption(config, "delimiter") ?? ",";
  if (delimiter === quote) {
    throw new ConfigError("delimiter", "delimiter: must differ from the quote character");
  }
  const trim = choiceOption(config, "trim", {
    allowed: ["none", "headers", "fields", "all"],
    otherwise: "none",
  });
  return {
    delimiter,
    ...(quote === undefined ? {} : { quote }),
    ...(escape === undefined ? {} : { escape }),
    ...(comment === undefined ? {} : { comment }),
    doubleQuote: booleanOption(config, "double_quote", true),
    headers: booleanOption(config, "headers", false),
    flexible: booleanOption(config, "flexible", true),
    trimFields: trim === "fields" || trim === "all",
    trimHeaders: trim === "headers" || trim === "all",
  };
}
