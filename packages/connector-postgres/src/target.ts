/** Targets: which database a connector's configuration names, and how it is reached. */

import { readFileSync } from "node:fs";
import { type ConnectionOptions } from "node:tls";

import { ConfigError, flagField } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";
import { type ClientConfig } from "pg";

/** A database to connect to. */
export interface Target {
  /** With user and password: never to be shown. */
  readonly uri: string;
  /** `host:port/database`, for messages. */
  readonly shown: string;
  readonly ssl: ConnectionOptions | undefined;
}

/** Reads `uri` and the `ssl_…` fields; throws `ConfigError`. Files are read when they are named. */
export function targetOf(config: JsonObject): Target {
  const uri = textField(config, "uri");
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || !["postgres:", "postgresql:"].includes(url.protocol)) {
    throw invalid("uri", "has to be a URL like postgres://user:password@host:5432/database");
  }
  if (!isDecodable(url.password) || !isDecodable(url.username)) {
    throw invalid("uri", "has a user or password that isn't percent-encoded: write % as %25");
  }
  const shown = `${url.hostname}:${url.port === "" ? "5432" : url.port}${url.pathname}`;
  return { uri, shown, ssl: tlsOf(config) };
}

/** How a replication connection to it is opened. */
export function replicationTarget({ uri, ssl }: Target): ClientConfig {
  const url = new URL(uri);
  url.searchParams.set("replication", "database");
  return { connectionString: url.href, ...(ssl === undefined ? {} : { ssl }) };
}

/**
 * The same fault without its inner parts, some of which hold what it was connected with; one that the
 * server did not answer names the server.
 */
export function withoutSecrets(error: unknown, { shown, uri }: Target): Error {
  const text = error instanceof Error ? error.message : String(error);
  const password = decodeURIComponent(new URL(uri).password);
  const hidden = password === "" ? text : text.replaceAll(password, "…");
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const named = hidden.includes(shown) || isSqlState(code);
  const why = hidden === "" ? `it can't be reached` : hidden;
  const remedy = isRowSecurity(error) ? ROW_SECURITY : "";
  const message = named ? hidden + remedy : `PostgreSQL at ${shown}: ${why}`;
  return Object.assign(new Error(message), { code, ...placeOf(error) });
}

/** What a server's answer says of where a fault lies. */
export interface FaultPlace {
  readonly detail?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** The place that an error names, as the server gave it. */
export function placeOf(error: unknown): FaultPlace {
  if (!(error instanceof Error)) return {};
  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === "string" ? value : undefined;
  };
  const [detail, column, constraint] = [text("detail"), text("column"), text("constraint")];
  return {
    ...(detail === undefined ? {} : { detail }),
    ...(column === undefined ? {} : { column }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

/** The server's own name for it, as its messages may be in any language. */
function isRowSecurity(error: unknown): boolean {
  return error instanceof Error && "routine" in error && error.routine === "check_enable_rls";
}

const ROW_SECURITY =
  "; row-level security would hide rows from this role: ALTER ROLE … BYPASSRLS, or connect as the table's owner, without FORCE ROW LEVEL SECURITY";

/** Whether a code is one of a server's answers, and not of a connection. */
export function isSqlState(code: string): boolean {
  return /^(?=.*\d)[0-9A-Z]{5}$/u.test(code);
}

/** A text that must be there; its value is not repeated, as it may be secret. */
export function textField(config: JsonObject, field: string): string {
  const value = optionalTextField(config, field);
  if (value === undefined) throw invalid(field, "is missing");
  return value;
}

/** A text that may be left out. */
export function optionalTextField(config: JsonObject, field: string): string | undefined {
  const value = config[field] ?? undefined;
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw invalid(field, "has to be a text that isn't empty");
}

/** A field that can't be used. */
export function invalid(field: string, message: string, options?: ErrorOptions): ConfigError {
  return new ConfigError(`transport.config.${field}`, `'${field}' ${message}`, "invalid", options);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function tlsOf(config: JsonObject): ConnectionOptions | undefined {
  const ca = pemField(config, "ssl_ca");
  const cert = pemField(config, "ssl_client");
  const key = pemField(config, "ssl_client_key");
  const chain = optionalTextField(config, "ssl_certificate_chain_location");
  const verifyHostname = flagField(config, "verify_hostname", true);
  if ([ca, cert, key, chain].every((part) => part === undefined)) return undefined;
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert: cert + (chain === undefined ? "" : fileOf(chain)) }),
    ...(key === undefined ? {} : { key }),
    ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** `{name}_pem`, or what is in the file that `{name}_location` names. */
function pemField(config: JsonObject, name: string): string | undefined {
  const bare = name.endsWith("_key") ? optionalTextField(config, name) : undefined;
  const pem = bare ?? optionalTextField(config, `${name}_pem`);
  if (pem !== undefined) return pem;
  const path = optionalTextField(config, `${name}_location`);
  return path === undefined ? undefined : fileOf(path);
}

function fileOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid("ssl_…_location", `names the file '${path}', which can't be read`, { cause });
  }
}
