/** Schemas of either document in one form, as far as they can be compared. */

import { asList, asObject, isObject, type Json } from "./json.ts";

/** What a schema allows. */
export interface Shape {
  /** JSON types besides null; empty where any is allowed. */
  readonly types: readonly string[];
  readonly nullable: boolean;
  /** The only values allowed. */
  readonly words: readonly unknown[] | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required: readonly string[];
  readonly items: unknown;
  /** More than one where any of several shapes is allowed. */
  readonly alternatives: readonly unknown[];
}

/** The shape of a schema; references are looked up in its document. */
export function shapeOf(schema: unknown, document: Json): Shape {
  const { $ref, allOf, anyOf, oneOf, nullable, ...own } = asObject(schema);
  const parts = [
    ...(typeof $ref === "string" ? [shapeOf(resolve($ref, document), document)] : []),
    ...asList(allOf).map((part) => shapeOf(part, document)),
  ];
  const choices = [...asList(anyOf), ...asList(oneOf)];
  const alternatives = choices.filter((choice) => asObject(choice)["type"] !== "null");
  const [only] = alternatives;
  if (only !== undefined && alternatives.length === 1) parts.push(shapeOf(only, document));
  const orNull = nullable === true || alternatives.length < choices.length;
  return parts.reduce(both, shapeOfOwn(own, orNull, alternatives.length > 1 ? alternatives : []));
}

function shapeOfOwn(own: Json, nullable: boolean, alternatives: readonly unknown[]): Shape {
  const types = [own["type"]].flat().filter((type) => typeof type === "string");
  const words = "const" in own ? [own["const"]] : own["enum"];
  return {
    types: types.filter((type) => type !== "null"),
    nullable: nullable || types.includes("null"),
    words: Array.isArray(words) ? words : undefined,
    properties: asObject(own["properties"]),
    required: asList(own["required"]).map(String),
    items: own["items"],
    alternatives,
  };
}

function both(a: Shape, b: Shape): Shape {
  return {
    types: a.types.length > 0 ? a.types : b.types,
    nullable: a.nullable || b.nullable,
    words: a.words ?? b.words,
    properties: bothProperties(a.properties, b.properties),
    required: [...a.required, ...b.required],
    items: a.items ?? b.items,
    alternatives: a.alternatives.length > 0 ? a.alternatives : b.alternatives,
  };
}

function bothProperties(a: Shape["properties"], b: Shape["properties"]): Shape["properties"] {
  const shared = Object.keys(a).filter((name) => name in b);
  const merged = shared.map((name) => [name, { allOf: [a[name], b[name]] }]);
  return { ...a, ...b, ...Object.fromEntries(merged) };
}

function resolve(reference: string, document: Json): unknown {
  const keys = reference.replace("#/", "").split("/");
  return keys.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), document);
}
