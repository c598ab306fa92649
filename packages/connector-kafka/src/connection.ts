/** Connections: how a cluster is reached, from the settings that librdkafka and the original name. */

import { readFileSync } from "node:fs";
import { type ConnectionOptions as TlsOptions } from "node:tls";

import { ConfigError } from "@tidemark/connector";
import { type JsonObject, type JsonValue } from "@tidemark/program";
import { type SASLOptions, SASLMechanisms } from "@platformatic/kafka";

/** How a cluster is reached: holds credentials, and is never to be shown. */
export interface KafkaConnection {
  /** Each `host:port`. */
  readonly bootstrapBrokers: string[];
  readonly tls?: TlsOptions;
  readonly sasl?: SASLOptions;
}

/** The settings that are read here, for readers and writers alike. */
export const CONNECTION_SETTINGS: ReadonlySet<string> = new Set([
  "bootstrap.servers",
  "security.protocol",
  "sasl.mechanism",
  "sasl.mechanisms",
  "sasl.username",
  "sasl.password",
  "ssl.ca.pem",
  "ssl.ca.location",
  "ssl.certificate.pem",
  "ssl.certificate.location",
  "ssl.key.pem",
  "ssl.key.location",
  "ssl.key.password",
  "enable.ssl.certificate.verification",
  "ssl.endpoint.identification.algorithm",
]);

const PROTOCOLS = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] as const;

/** Reads `bootstrap.servers`, `security.protocol`, `sasl.…` and `ssl.…`; throws `ConfigError`. */
export function kafkaConnection(config: JsonObject): KafkaConnection {
  const protocol = protocolOf(config);
  return {
    bootstrapBrokers: serversOf(config),
    ...(protocol === "ssl" || protocol === "sasl_ssl" ? { tls: tlsOf(config) } : {}),
    ...(protocol === "sasl_plaintext" || protocol === "sasl_ssl" ? { sasl: saslOf(config) } : {}),
  };
}

/** A setting as text; librdkafka's settings may be given as any scalar. Absent or null is undefined. */
export function setting(config: JsonObject, field: string): string | undefined {
  const value = config[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  throw invalid(field, "has to be a text, a number or a flag");
}

/** A setting that must be there; its value is not repeated, as it may be secret. */
export function requiredSetting(config: JsonObject, field: string): string {
  const value = setting(config, field);
  if (value !== undefined && value !== "") return value;
  throw invalid(field, "is missing");
}

/** A setting that can't be used. */
export function invalid(field: string, message: string, options?: ErrorOptions): ConfigError {
  return new ConfigError(`transport.config.${field}`, `'${field}' ${message}`, "invalid", options);
}

function serversOf(config: JsonObject): string[] {
  const servers = requiredSetting(config, "bootstrap.servers")
    .split(",")
    .map((one) => one.trim());
  for (const server of servers) {
    const port = Number(/:(\d{1,5})$/u.exec(server)?.[1] ?? NaN);
    if (!(port >= 1 && port <= 65_535) || server.startsWith(":")) {
      throw invalid(
        "bootstrap.servers",
        `has to list host:port, separated by commas; it has '${server}'`,
      );
    }
  }
  return servers;
}

function protocolOf(config: JsonObject): (typeof PROTOCOLS)[number] {
  const given = (setting(config, "security.protocol") ?? "plaintext").toLowerCase();
  const protocol = PROTOCOLS.find((one) => one === given);
  if (protocol !== undefined) return protocol;
  throw invalid("security.protocol", `has to be one of ${PROTOCOLS.join(", ")}; it is '${given}'`);
}

function saslOf(config: JsonObject): SASLOptions {
  const field = config["sasl.mechanism"] === undefined ? "sasl.mechanisms" : "sasl.mechanism";
  const given = setting(config, field) ?? "PLAIN";
  const mechanism = [
    SASLMechanisms.PLAIN,
    SASLMechanisms.SCRAM_SHA_256,
    SASLMechanisms.SCRAM_SHA_512,
  ].find((one) => one === given);
  if (mechanism === undefined) {
    throw invalid(field, `has to be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; it is '${given}'`);
  }
  const username = requiredSetting(config, "sasl.username");
  return { mechanism, username, password: requiredSetting(config, "sasl.password") };
}

function tlsOf(config: JsonObject): TlsOptions {
  const ca = pem(config, "ssl.ca");
  const cert = pem(config, "ssl.certificate");
  const key = pem(config, "ssl.key");
  const passphrase = setting(config, "ssl.key.password");
  const verified = flag(config["enable.ssl.certificate.verification"]);
  const named = setting(config, "ssl.endpoint.identification.algorithm") !== "none";
  return {
    rejectUnauthorized: verified,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(named ? {} : { checkServerIdentity: () => undefined }),
  };
}

function flag(value: JsonValue | undefined): boolean {
  return value !== false && value !== "false";
}

/** `{name}.pem`, or what is in the file that `{name}.location` names. */
function pem(config: JsonObject, name: string): string | undefined {
  const given = setting(config, `${name}.pem`);
  const path = setting(config, `${name}.location`);
  if (given !== undefined || path === undefined) return given;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid(`${name}.location`, `names the file '${path}', which can't be read`, { cause });
  }
}
