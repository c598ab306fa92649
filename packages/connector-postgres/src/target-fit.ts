/**
 * Which columns of a view fit which columns of a table: where the database would change a value without
 * a word, the pair is refused before anything is written. Where it refuses values that do not fit, as an
 * integer out of range, the pair is accepted.
 */

import { type ColumnType } from "@tidemark/program";

import { type TargetType } from "./target-type.ts";

type Scalar = Extract<TargetType, { kind: "scalar" }>;

/** What the table's column should be instead; undefined where every value arrives exactly or is refused. */
export function misfit(type: ColumnType, target: TargetType): string | undefined {
  if (type.kind === "binary") return "left out of the view: postgres_output writes no bytes";
  if (target.kind === "scalar" && isJson(target)) return undefined;
  if (type.kind === "array") return arrayMisfit(type, target);
  if (type.kind === "row") return rowMisfit(type, target);
  if (target.kind !== "scalar") return `${RIGHT[type.kind]}, no ${target.kind}`;
  if (type.kind === "text") return textMisfit(target);
  if (isText(target)) return undefined;
  return scalarMisfit(type, target);
}

const RIGHT: Readonly<Record<ColumnType["kind"], string>> = {
  boolean: "boolean",
  integer: "an integer type or numeric",
  decimal: "numeric",
  real: "real, double precision or numeric",
  double: "double precision or numeric",
  text: "text",
  binary: "bytea",
  date: "date",
  time: "time",
  timestamp: "timestamp or timestamptz",
  uuid: "uuid",
  variant: "jsonb",
  array: "an array or jsonb",
  map: "jsonb",
  row: "a composite type with the same fields, or jsonb",
};

type Rest = Exclude<ColumnType, { kind: "text" | "binary" | "array" | "row" }>;

function scalarMisfit(type: Rest, target: Scalar): string | undefined {
  switch (type.kind) {
    case "integer":
      return integerMisfit(type, target);
    case "decimal":
      return decimalMisfit(type, target);
    case "real":
      return target.name === "float4" ? undefined : floatMisfit("real", target);
    case "double":
      return floatMisfit("double", target);
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "uuid":
    case "variant":
    case "map":
      break;
  }
  return SAME[type.kind].includes(target.name) ? undefined : RIGHT[type.kind];
}

/** JSON types and texts, which hold any of them, apart. */
const SAME: Readonly<
  Record<Exclude<Rest["kind"], "integer" | "decimal" | "real" | "double">, readonly string[]>
> = {
  boolean: ["bool"],
  date: ["date", "timestamp", "timestamptz"],
  time: ["time"],
  timestamp: ["timestamp", "timestamptz"],
  uuid: ["uuid"],
  variant: [],
  map: [],
};

function integerMisfit(
  { bits, unsigned }: Extract<ColumnType, { kind: "integer" }>,
  target: Scalar,
): string | undefined {
  if (["int2", "int4", "int8"].includes(target.name)) return undefined;
  if (target.name === "numeric" && scaleOf(target, 0) >= 0) return undefined;
  const digits = bits + (unsigned ? 0 : -1);
  if (target.name === "float8" && digits <= 53) return undefined;
  if (target.name === "float4" && digits <= 24) return undefined;
  return RIGHT.integer;
}

function decimalMisfit(
  { precision, scale }: Extract<ColumnType, { kind: "decimal" }>,
  target: Scalar,
): string | undefined {
  const right = `numeric(${precision}, ${scale})`;
  if (target.name !== "numeric") return right;
  return scaleOf(target, scale) >= scale ? undefined : `${right}, as it would round`;
}

function floatMisfit(kind: "real" | "double", target: Scalar): string | undefined {
  if (target.name === "float8") return undefined;
  if (target.name === "numeric") {
    return target.modifier === -1
      ? undefined
      : `${RIGHT[kind]} without precision, as it would round`;
  }
  return RIGHT[kind];
}

/** Digits behind the point that it keeps; `unbounded` where it keeps all. */
function scaleOf({ modifier }: Scalar, unbounded: number): number {
  if (modifier === -1) return unbounded;
  const scale = (modifier - 4) & 0x7ff;
  return scale >= 0x400 ? scale - 0x800 : scale;
}

/** Types whose text is another value than it says: cut, read as something else, or rounded. */
const READS_TEXT_OTHERWISE: ReadonlySet<string> = new Set(["name", "char", "bytea"]);
const NO_TEXT_CATEGORIES: ReadonlySet<string> = new Set(["N", "B", "D", "T", "R"]);

function textMisfit(target: Scalar): string | undefined {
  return READS_TEXT_OTHERWISE.has(target.name) || NO_TEXT_CATEGORIES.has(target.category)
    ? "text, or the view's column of its type"
    : undefined;
}

function arrayMisfit(
  type: Extract<ColumnType, { kind: "array" }>,
  target: TargetType,
): string | undefined {
  if (target.kind !== "array") return isText(target) ? undefined : RIGHT.array;
  // An array of arrays is one array of several dimensions there.
  const element = type.element.kind === "array" ? target : target.element;
  const wrong = misfit(type.element, element);
  return wrong === undefined ? undefined : `an array whose elements are ${wrong}`;
}

function rowMisfit(
  type: Extract<ColumnType, { kind: "row" }>,
  target: TargetType,
): string | undefined {
  if (target.kind !== "composite") return isText(target) ? undefined : RIGHT.row;
  if (target.fields.length !== type.fields.length) return RIGHT.row;
  for (const field of type.fields) {
    const its = target.fields.find(({ name }) => name === field.name);
    if (its === undefined) return RIGHT.row;
    const wrong = misfit(field.type, its.type);
    if (wrong !== undefined) return `a composite type whose field '${field.name}' is ${wrong}`;
  }
  return undefined;
}

function isJson({ name }: Scalar): boolean {
  return name === "json" || name === "jsonb";
}

function isText(target: TargetType): boolean {
  return target.kind === "scalar" && ["text", "varchar", "citext"].includes(target.name);
}
