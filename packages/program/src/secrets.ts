/** Secrets: what of a connector's configuration is never shown outside the program text. */

import { type JsonObject, type JsonValue } from "./program.ts";

/** What stands in place of a secret. */
export const REDACTED = "[redacted]";

const SECRET_FIELD =
  /passw|passphrase|secret|token|credential|private|jaas|jwt|nkey|authorization|user[._]info|connection_string|api[._]?key|access[._]?key|(?:ssl|tls|account|sas|master|encryption)(?:\w|\.)*[._]key(?:[._]pem)?$/iu;
/** They say where a secret is, or what the one who uses it is called. */
const NO_SECRET =
  /(?:location|path|file|url|uri|endpoint|_id|type|mechanism|algorithm|provider)$/iu;

const REFERENCE = /\$\{(?:env|secret):[^}]*\}/gu;
/** The user and password of a URL. */
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)([^\s/"']+)(?=@)/giu;
/** A name and what follows up to its value, in JSON that may be cut off. */
const NAME = /("(?:[^"\\]|\\.)*")\s*:\s*/gu;
/** Text, bracket or anything else. */
const PART = /"(?:[^"\\]|\\.)*"?|[{[]|[\]}]|[^"{}[\]]+/gu;
const SCALAR = /"(?:[^"\\]|\\.)*"?|[-+\w.]+/uy;
/** Secrets among the parameters of a URL. */
const PARAMETER = /([?&](?:password|sslpassword)=)([^&\s"']+)/giu;

/** Whether what stands under this name is a secret. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name) && !NO_SECRET.test(name);
}

/** A configuration without its secrets; references to secrets stay, as they tell nothing. */
export function redactedObject(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, redacted(one, name)]),
  );
}

function redacted(value: JsonValue, field: string): JsonValue {
  if (typeof value === "string") return redactedValue(value, field);
  if (typeof value === "number") return isSecretField(field) ? REDACTED : value;
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((one: JsonValue) => redacted(one, field));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, redacted(one, inner(field, name))]),
  );
}

/** The same for text that holds configurations as JSON, whole or not. */
export function redactedText(text: string): string {
  let shown = "";
  let at = 0;
  for (const { 0: before, 1: name = "", index } of text.matchAll(NAME)) {
    const start = index + before.length;
    if (index < at || !isSecretField(unquoted(name))) continue;
    const end = endOfValue(text, start);
    shown += text.slice(at, start) + redactedJson(text.slice(start, end));
    at = end;
  }
  return withoutUserInfo(shown + text.slice(at));
}

/** Where a JSON value ends, or where the text does. */
function endOfValue(text: string, start: number): number {
  if (!/[{[]/u.test(text.charAt(start))) {
    SCALAR.lastIndex = start;
    return start + (SCALAR.exec(text)?.[0].length ?? 0);
  }
  let depth = 0;
  let end = start;
  for (const [part] of text.slice(start).matchAll(PART)) {
    end += part.length;
    if (/^[{[]$/u.test(part)) depth += 1;
    if (/^[\]}]$/u.test(part)) depth -= 1;
    if (depth === 0) break;
  }
  return end;
}

function redactedJson(value: string): string {
  const references = value.startsWith('"') && !isLiteral(value.replaceAll('"', ""));
  return references || value === "" || value === "null" ? value : `"${REDACTED}"`;
}

/** Every secret in a configuration, as it is written and as it is meant. */
export function secretsIn(value: JsonValue, field = ""): readonly string[] {
  if (typeof value === "string") {
    return isSecretField(field) && isLiteral(value) ? [value] : secretsOfUrl(value);
  }
  if (typeof value === "number") return isSecretField(field) ? [String(value)] : [];
  if (value === null || typeof value === "boolean") return [];
  if (Array.isArray(value)) return value.flatMap((one: JsonValue) => secretsIn(one, field));
  return Object.entries(value).flatMap(([name, one]) => secretsIn(one, inner(field, name)));
}

/** The password of a text that is a URL, as it is written and as it is meant. */
export function secretsOfUrl(text: string): readonly string[] {
  const found = [...text.matchAll(USER_INFO), ...text.matchAll(PARAMETER)];
  return found.flatMap(([, , secret = ""]) => (isLiteral(secret) ? [secret, meant(secret)] : []));
}

/** What lies within a secret is one, whatever it is called there. */
function inner(field: string, name: string): string {
  return isSecretField(field) ? field : name;
}

function redactedValue(value: string, field: string): string {
  if (isSecretField(field)) return isLiteral(value) ? REDACTED : value;
  return withoutUserInfo(value);
}

function withoutUserInfo(text: string): string {
  return text.replaceAll(USER_INFO, hidden).replaceAll(PARAMETER, hidden);
}

function hidden(whole: string, before: string, secret: string): string {
  return isLiteral(secret) ? before + REDACTED : whole;
}

/** Whether a text holds more than references. */
function isLiteral(value: string): boolean {
  return value.replaceAll(REFERENCE, "").trim() !== "";
}

function unquoted(name: string): string {
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}

function meant(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
