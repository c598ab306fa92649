/** Reads the options of a format, which come as JSON or as the texts of a query string. */

import { ConfigError } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

/** A choice out of a closed list. */
export function choiceOption<T extends string>(
  config: JsonObject,
  field: string,
  options: { readonly allowed: readonly T[]; readonly otherwise: T },
): T {
  const value = config[field] ?? options.otherwise;
  const choice = options.allowed.find((one) => one === value);
  if (choice !== undefined) return choice;
  const list = options.allowed.map((one) => `\`${one}\``).join(", ");
  throw new ConfigError(
    field,
    `unknown variant \`${spellOption(value)}\`, expected one of ${list}`,
  );
}

/** A choice between true and false. */
export function booleanOption(config: JsonObject, field: string, otherwise: boolean): boolean {
  const value = config[field] ?? otherwise;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new ConfigError(
    field,
    `${field}: provided string was not \`true\` or \`false\`: ${spellOption(value)}`,
  );
}

/** A single ASCII character; absent where it may be. */
export function characterOption(config: JsonObject, field: string): string | undefined {
  const value = config[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !isCharacter(value)) {
    throw new ConfigError(
      field,
      `${field}: expected one ASCII character that ends no line, found ${spellOption(value)}`,
    );
  }
  return value;
}

function isCharacter(value: string): boolean {
  const code = value.charCodeAt(0);
  return value.length === 1 && code > 0 && code < 128 && value !== "\r" && value !== "\n";
}

function spellOption(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
