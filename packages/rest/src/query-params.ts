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

/** Every other parameter, for what is configured by the query string. */
export function remainingParams(
  query: Query,
  taken: readonly string[],
): Readonly<Record<string, string>> {
  const names = [...query.keys()].filter((name) => !taken.includes(name));
  return Object.fromEntries(names.map((name) => [name, once(query, name)]));
}

function once(query: Query, name: string): string {
  const [value = "", ...more] = query.get(name) ?? [];
  if (more.length === 0) return value;
  throw invalidParam(`query parameter '${name}' is given ${more.length + 1} times`);
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
