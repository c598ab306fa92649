/** Whether everything that one schema allows is allowed by another. */

import { asList, asObject, type Json } from "./json.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** A schema and the document that its references are into. */
interface Schema {
  readonly schema: unknown;
  readonly document: Json;
}

/** One schema that should fit into another, and which of them the contract's properties are. */
export interface Fitting {
  readonly narrow: Schema;
  readonly wide: Schema;
  readonly contract: "narrow" | "wide";
  /** The places that this one is inside of: a schema inside itself is looked at once. */
  readonly seen: readonly string[];
}

/** Each place where it doesn't fit, or where ours lacks a property of the contract. */
export function misfits(where: string, fitting: Fitting): readonly string[] {
  const place = nameOf(fitting[fitting.contract].schema) ?? where;
  const narrow = shapeOf(fitting.narrow.schema, fitting.narrow.document);
  const wide = shapeOf(fitting.wide.schema, fitting.wide.document);
  if (isAny(wide)) return [];
  if (narrow.nullable && !wide.nullable) return [`${place}: may be null`];
  if (isOnlyNull(narrow)) return [];
  if (narrow.alternatives.length > 0) {
    return narrow.alternatives.flatMap((schema) =>
      misfits(place, { ...fitting, narrow: { ...fitting.narrow, schema } }),
    );
  }
  if (wide.alternatives.length > 0) return best(place, wide.alternatives, fitting);
  if (fitting.seen.includes(place)) return [];
  const type = typeMisfit(narrow, wide);
  if (type !== undefined) return [`${place}: ${type}`];
  return [
    ...wordMisfits(place, narrow, wide),
    ...propertyMisfits(place, narrow, wide, fitting),
    ...itemMisfits(place, narrow, wide, fitting),
  ];
}

/** A named schema of the contract is a place of its own, however it is reached. */
function nameOf(schema: unknown): string | undefined {
  const { $ref, allOf } = asObject(schema);
  const [part, ...others] = asList(allOf);
  if ($ref === undefined && others.length === 0 && part !== undefined) return nameOf(part);
  return typeof $ref === "string" ? $ref.split("/").at(-1) : undefined;
}

function isAny({ types, alternatives, properties, words }: Shape): boolean {
  const described = Object.keys(properties).length > 0 || words !== undefined;
  return types.length === 0 && alternatives.length === 0 && !described;
}

function isOnlyNull(shape: Shape): boolean {
  return shape.nullable && isAny(shape);
}

/** The misfits with the alternative that comes closest. */
function best(
  place: string,
  alternatives: readonly unknown[],
  fitting: Fitting,
): readonly string[] {
  const tried = alternatives.map((schema) =>
    misfits(place, { ...fitting, wide: { ...fitting.wide, schema } }),
  );
  return tried.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function typeMisfit({ types }: Shape, wide: Shape): string | undefined {
  if (types.length === 0) return "is not described";
  const fits = types.every(
    (type) => wide.types.includes(type) || (type === "integer" && wide.types.includes("number")),
  );
  return fits || wide.types.length === 0
    ? undefined
    : `is ${types.join(" or ")}, not ${wide.types.join(" or ")}`;
}

function wordMisfits(place: string, narrow: Shape, wide: Shape): readonly string[] {
  if (wide.words === undefined) return [];
  if (narrow.words === undefined) return [`${place}: may be any text`];
  const { words } = wide;
  return narrow.words
    .filter((word) => word !== null && !words.includes(word))
    .map((word) => `${place}: may be ${String(word)}`);
}

function propertyMisfits(
  place: string,
  narrow: Shape,
  wide: Shape,
  fitting: Fitting,
): readonly string[] {
  const [theirs, ours] = fitting.contract === "narrow" ? [narrow, wide] : [wide, narrow];
  const names = Object.keys(theirs.properties);
  if (names.length === 0) return [];
  if (Object.keys(ours.properties).length === 0) {
    return fitting.contract === "narrow" ? [] : [`${place}: is not described`];
  }
  const optional = wide.required
    .filter((name) => name in narrow.properties && !narrow.required.includes(name))
    .map((name) => `${place}.${name}: may be left out`);
  const inside = names.flatMap((name) => {
    const at = `${place}.${name}`;
    if (!(name in ours.properties)) return [`${at}: missing`];
    return misfits(at, {
      ...fitting,
      seen: [...fitting.seen, place],
      narrow: { ...fitting.narrow, schema: narrow.properties[name] },
      wide: { ...fitting.wide, schema: wide.properties[name] },
    });
  });
  return [...optional, ...inside];
}

function itemMisfits(
  place: string,
  narrow: Shape,
  wide: Shape,
  fitting: Fitting,
): readonly string[] {
  if (wide.items === undefined || narrow.items === undefined) return [];
  return misfits(`${place}[]`, {
    ...fitting,
    narrow: { ...fitting.narrow, schema: narrow.items },
    wide: { ...fitting.wide, schema: wide.items },
  });
}
