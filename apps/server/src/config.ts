/** Configuration: read from flags, the environment and a file, in this order, and validated. */

import { readFileSync } from "node:fs";

import { z } from "zod";

import { isLoopback, spellAddress } from "./address.ts";
import { type Config, parseSettings, SETTING_NAMES } from "./settings.ts";

/** A configuration that can't be used; the message says which setting, from where, and what is allowed. */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConfigurationError";
  }
}

/** Where settings may come from; the first that has one wins. */
export interface ConfigSources {
  /** By key; a switch is `true`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A JSON file with an object of settings by key. */
  readonly file?: string | undefined;
}

interface Given {
  readonly value: unknown;
  /** How a message names the place. */
  readonly from: string;
}

/** Reads and validates the configuration; throws `ConfigurationError` naming everything that is wrong. */
export function loadConfig(sources: ConfigSources): Config {
  const file = sources.file === undefined ? {} : readConfigFile(sources.file);
  const given = new Map<string, Given>();
  for (const [key, value] of Object.entries(file)) {
    given.set(key, { value, from: `'${key}' in ${sources.file}` });
  }
  for (const { key, flag, variable } of SETTING_NAMES) {
    const byVariable = sources.environment[variable];
    if (byVariable !== undefined) given.set(key, { value: byVariable, from: variable });
    const byFlag = sources.flags[key];
    if (byFlag !== undefined) given.set(key, { value: byFlag, from: flag });
  }
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const parsed = parseSettings(values);
  if (!parsed.success) {
    throw new ConfigurationError(parsed.error.issues.map((issue) => say(issue, given)).join("\n"));
  }
  requireLoopback(parsed.data);
  requireIssuer(parsed.data);
  return parsed.data;
}

/** Listening beyond this machine is refused where nobody authenticates, unless it was asked for. */
export function requireLoopback(config: Config): void {
  if (config.insecure || config.auth !== "none") return;
  for (const { key, flag } of SETTING_NAMES) {
    const value = key === "http" ? config.http : key === "grpc" ? config.grpc : undefined;
    if (value === undefined || isLoopback(value.host)) continue;
    throw new ConfigurationError(
      `${flag} ${spellAddress(value)} can be reached from other machines, and callers need not authenticate: ` +
        `anyone could read, change and delete every pipeline. Listen on 127.0.0.1, have callers authenticate with --auth keys or --auth oidc, or give --insecure to allow it`,
    );
  }
}

/** JWTs are verified against an issuer and an audience, or not at all. */
function requireIssuer(config: Config): void {
  const names = ["oidcIssuer", "oidcAudience"] as const;
  for (const { key, flag } of SETTING_NAMES) {
    const name = names.find((one) => one === key);
    if (name === undefined) continue;
    const given = config[name] !== undefined;
    if (config.auth === "oidc" && !given) {
      throw new ConfigurationError(`--auth oidc needs ${flag}: see \`tidemark serve --help\``);
    }
    if (config.auth !== "oidc" && given) {
      throw new ConfigurationError(`${flag} has no effect without --auth oidc`);
    }
  }
}

function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigurationError(`configuration file '${path}' can't be read`, { cause });
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `: ${cause.message}` : "";
    throw new ConfigurationError(
      `configuration file '${path}' must hold one JSON object of settings${why}`,
      { cause },
    );
  }
}

function say(issue: z.core.$ZodIssue, given: ReadonlyMap<string, Given>): string {
  if (issue.code === "unrecognized_keys") {
    const keys = SETTING_NAMES.map(({ key }) => key).join(", ");
    return issue.keys
      .map((key) => `${given.get(key)?.from ?? key}: no such setting; there are ${keys}`)
      .join("\n");
  }
  const setting = given.get(String(issue.path[0]));
  return `${setting?.from ?? String(issue.path[0])}: ${JSON.stringify(setting?.value)} can't be used; allowed is ${issue.message}`;
}
