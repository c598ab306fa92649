/** Target values: what of a value the database would change without a word, and how others are written. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { type TargetType } from "./target-type.ts";

type Scalar = Extract<TargetType, { kind: "scalar" }>;

/** The value as it is given to the encoder; throws `ValueRefused` where it would arrive as another one. */
export function exactly(value: Value, type: ColumnType, target: TargetType): Value {
  if (value === null) return null;
  if (type.kind === "array" && isList(value)) return exactList(value, type, target);
  if (type.kind === "row" && isList(value)) return exactFields(value, type, target);
  if (type.kind === "real" || type.kind === "double") return exactFloat(value, type, target);
  if (target.kind !== "scalar") return value;
  if (type.kind === "text" && typeof value === "string") refuseCutText(value, target);
  if (type.kind === "time" || type.kind === "timestamp") refuseCutFraction(value, target);
  return value;
}

/** Says why a value can't be written; the row is refused. */
export class ValueRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ValueRefused";
  }
}

/** Of too many characters the database cuts spaces at the end, and it pads `char(n)` with them. */
function refuseCutText(text: string, { name, modifier }: Scalar): void {
  if (name === "bpchar" && text.endsWith(" ")) {
    throw new ValueRefused("spaces at its end are lost in a column of type char");
  }
  const most = modifier - 4;
  if (!["varchar", "bpchar"].includes(name) || modifier === -1 || text.length <= most) return;
  if (Array.from(text).length > most)
    throw new ValueRefused(`it is longer than ${most} characters`);
}

const FRACTIONS: ReadonlySet<string> = new Set(["time", "timestamp", "timestamptz"]);

function refuseCutFraction(value: Value, { name, modifier }: Scalar): void {
  if (typeof value !== "bigint" || !FRACTIONS.has(name)) return;
  const digits = modifier === -1 ? 6 : modifier;
  if (value % 10n ** BigInt(9 - digits) === 0n) return;
  throw new ValueRefused(`it has more than ${digits} fraction digits`);
}

/** What JSON has no number for is written as a text, and a 32-bit float with all its digits where more are kept. */
function exactFloat(value: Value, { kind }: ColumnType, target: TargetType): Value {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return JSON.stringify(String(value));
  if (value === 0) return value;
  const keepsMore = target.kind === "scalar" && ["float8", "numeric"].includes(target.name);
  return kind === "real" && keepsMore ? JSON.stringify(String(value)) : value;
}

function exactList(
  list: readonly Value[],
  type: Extract<ColumnType, { kind: "array" }>,
  target: TargetType,
): Value {
  if (target.kind !== "array") return list;
  if (type.element.kind !== "array") {
    return list.map((one) => exactly(one, type.element, target.element));
  }
  if (list.some((one) => !isList(one) || one.length === 0)) {
    throw new ValueRefused(
      "it has an inner array that is empty or NULL, which an array can't hold",
    );
  }
  return list.map((one) => exactly(one, type.element, target));
}

function exactFields(
  fields: readonly Value[],
  type: Extract<ColumnType, { kind: "row" }>,
  target: TargetType,
): Value {
  if (target.kind !== "composite") return fields;
  return type.fields.map((field, at) => {
    const its = target.fields.find(({ name }) => name === field.name);
    const value = fields[at] ?? null;
    return its === undefined ? value : exactly(value, field.type, its.type);
  });
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
