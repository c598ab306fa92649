/** Client settings: which of librdkafka's settings mean something here, and which can't be honoured. */

import { type JsonObject } from "@tidemark/program";

import { CONNECTION_SETTINGS, invalid, setting } from "./connection.ts";

/**
 * Tuning of a client that works otherwise than ours, and names it goes by: taken and without effect,
 * because leaving them out would give the same records.
 */
const HARMLESS = [
  /^(?:client\.id|client\.rack|client\.software\..+|client\.dns\.lookup)$/u,
  /^(?:group\.id|group\.instance\.id|group\.protocol(?:\.type)?|group\.remote\.assignor)$/u,
  /^(?:session|max\.poll\.interval|heartbeat\.interval|coordinator\.query\.interval)\.?(?:timeout)?\.ms$/u,
  /^(?:enable\.auto\.commit|enable\.auto\.offset\.store|auto\.commit\.interval\.ms)$/u,
  /^(?:offset\.store\..+|partition\.assignment\.strategy|consume\.callback\.max\.messages)$/u,
  /^(?:queued\.(?:min\.messages|max\.messages\.kbytes)|fetch\.(?:queue|error)\.backoff\.ms)$/u,
  /^(?:socket\..+|connections\.max\.idle\.ms|reconnect\.backoff(?:\.max)?\.ms|retry\.backoff(?:\.max)?\.ms)$/u,
  /^(?:metadata\..+|topic\.metadata\.(?:refresh\.(?:fast\.interval\.ms|fast\.cnt|sparse)|propagation\.max\.ms))$/u,
  /^(?:broker\.(?:address\.ttl|address\.family|version\.fallback)|api\.version\..+)$/u,
  /^(?:message|receive\.message)\.(?:copy\.)?max\.bytes$|^max\.in\.flight(?:\.requests\.per\.connection)?$/u,
  /^(?:statistics\.interval\.ms|enable\.metrics\.push|enable\.random\.seed|debug|enabled_events)$/u,
  // Of observers, so that one declaration serves either engine.
  /^level$/u,
  /^(?:log_level|log\..+|internal\.termination\.signal|allow\.auto\.create\.topics)$/u,
];

/** Settings that would change what is read or who may read it, and why they have no place here. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^sasl\.kerberos\./u, "is of Kerberos, which is not offered: use PLAIN or SCRAM"],
  [/^(?:enable\.)?sasl\.oauthbearer\./u, "is of OAUTHBEARER, which is not offered"],
  [
    /^ssl\.(?:keystore|engine|crl|ca\.certificate\.stores|providers)/u,
    "is not offered: give certificates and keys as PEM, by ssl.ca.…, ssl.certificate.… and ssl.key.…",
  ],
  [/^ssl\.(?:cipher\.suites|curves\.list|sigalgs\.list)$/u, "is not offered"],
  [/^plugin\.library\.paths$/u, "is not offered: no libraries are loaded"],
];

/**
 * Throws a `ConfigError` for the first setting that is neither `own`, nor known to change nothing.
 * A setting that nobody knows is most likely misspelt, so it is refused as librdkafka refuses it.
 */
export function checkSettings(config: JsonObject, own: ReadonlySet<string>): void {
  for (const field of Object.keys(config)) {
    if (own.has(field) || CONNECTION_SETTINGS.has(field)) continue;
    const refused = REFUSED.find(([pattern]) => pattern.test(field));
    if (refused !== undefined) throw invalid(field, refused[1]);
    if (!HARMLESS.some((pattern) => pattern.test(field))) {
      throw invalid(field, "is no setting of this connector, nor one of librdkafka that it knows");
    }
    setting(config, field);
  }
}
