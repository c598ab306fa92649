/** JSON text: a value as PostgreSQL writes it, as the JSON that the decoder of rows reads. */

import { parse } from "postgres-array";

const BOOL = 16;
const BYTEA = 17;
const TIMESTAMPTZ = 1184;
/** int8, int2, int4, oid, float4, float8, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
const JSONS: ReadonlySet<number> = new Set([114, 3802]);

/** Element types by array type. */
const ELEMENTS: ReadonlyMap<number, number> = new Map([
  [199, 114],
  [1000, 16],
  [1001, 17],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
]);

/** A value of a type, by the type's OID; `null` is JSON's. */
function jsonText(text: string | null, oid: number): string {
  if (text === null) return "null";
  if (oid === BOOL) return text === "t" ? "true" : "false";
  // What JSON has no number for (NaN, Infinity) is a text that the decoder refuses by name.
  if (NUMBERS.has(oid)) return /^-?\d/u.test(text) ? text : JSON.stringify(text);
  if (JSONS.has(oid)) return text;
  if (oid === BYTEA) return JSON.stringify(text.replace(/^\\x/u, "0x"));
  // An offset of whole hours is written without minutes, which RFC 3339 asks for.
  if (oid === TIMESTAMPTZ) return JSON.stringify(text.replace(/[+-]\d{2}$/u, "$&:00"));
  const element = ELEMENTS.get(oid);
  return element === undefined ? JSON.stringify(text) : arrayText(text, element);
}

/** One JSON object of columns by name, those without a text left out. */
export function jsonObject(
  columns: readonly { readonly name: string; readonly oid: number }[],
  texts: readonly (string | null | undefined)[],
): string {
  const fields: string[] = [];
  columns.forEach(({ name, oid }, at) => {
    const text = texts[at];
    if (text !== undefined) fields.push(`${JSON.stringify(name)}:${jsonText(text, oid)}`);
  });
  return `{${fields.join(",")}}`;
}

function arrayText(text: string, element: number): string {
  return nested(parse(text, (item) => jsonText(item, element)));
}

/** Elements are JSON already; NULLs are not passed through the transform. */
function nested(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(nested).join(",")}]`;
  return typeof value === "string" ? value : "null";
}
