/** Query strings: read strictly, each mistake one error that names the parameter. */

import { invalidParam } from "@tidemark/service";

/** All values of every parameter, in the order given. */
export type Query = ReadonlyMap<string, readonly string[]>;

/** Reads a query string; malformed percent-encoding is an error, `+` is a space. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? "" : decoded(part.slice(equals + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

/** A parameter that may be left out, but not given twice. */
export function optionalParam(query: Query, name: string): string | undefined {
  const values = query.get(name);
  if (values !== undefined && values.length > 1) {
    throw invalidParam(`query parameter '${name}' is given ${values.length} times`);
  }
  return values?.[0];
}

/** A parameter that must be given, once. */
export function requiredParam(query: Query, name: string): string {
  const value = optionalParam(query, name);
  if (value === undefined) throw invalidParam(`missing query parameter '${name}'`);
  return value;
}

/** `true` or `false`; false where it is left out, unless said otherwise. */
export function flagParam(query: Query, name: string, absent = false): boolean {
  const value = optionalParam(query, name);
  if (value === undefined) return absent;
  if (value === "true" || value === "false") return value === "true";
  throw invalidParam(`query parameter '${name}' must be 'true' or 'false', not '${shown(value)}'`);
}

/** One of some words; the first of them where it is left out. */
export function choiceParam<Choice extends string>(
  query: Query,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = optionalParam(query, name);
  if (value === undefined) return choices[0];
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  const allowed = choices.map((one) => `'${one}'`).join(", ");
  throw invalidParam(`query parameter '${name}' must be one of ${allowed}, not '${shown(value)}'`);
}

/** Every other parameter, for what is configured by the query string. */
export function remainingParams(
  query: Query,
  taken: readonly string[],
): Readonly<Record<string, string>> {
  const names = [...query.keys()].filter((name) => !taken.includes(name));
  return Object.fromEntries(names.map((name) => [name, requiredParam(query, name)]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidParam(`malformed percent-encoding in the query string at '${shown(text)}'`);
  }
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
