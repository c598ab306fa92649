/** One field's values: by strategy, range, scale, given values and share of NULLs. */

import { ConfigError, type Value } from "@tidemark/connector";
import { type ColumnType, type Field, type JsonObject, type JsonValue } from "@tidemark/program";

import { type English } from "./english.ts";
import { type Random } from "./random.ts";
import { isObject, readList, readNumber, readObject, readWhole } from "./read-config.ts";
import { boundOf, type Scale, scaleOf } from "./scales.ts";
import { TEXT_STRATEGIES, textBy } from "./text-strategies.ts";
import { givenValue } from "./given-value.ts";

/** Makes the field's value of one row: `index` counts the rows of its plan from 0. */
export type Generator = (index: number, random: Random) => Value;

/** Where a generator stands, and what it may draw on. */
export interface GeneratorContext {
  /** The path of its settings, for faults. */
  readonly field: string;
  readonly nullable: boolean;
  readonly english: English;
}

interface Settings extends GeneratorContext {
  readonly type: ColumnType;
  readonly strategy: string;
  readonly scale: number;
  readonly exponent: number;
  readonly config: JsonObject;
}

const KEYS = [
  "strategy",
  "range",
  "scale",
  "values",
  "null_percentage",
  "e",
  "fields",
  "key",
  "value",
];
const NUMBER_STRATEGIES = ["increment", "uniform", "zipf"];

/** Checks a field's settings and makes its generator; faults name the field. */
export function generatorOf(
  type: ColumnType,
  given: JsonValue | undefined,
  context: GeneratorContext,
): Generator {
  const { field } = context;
  const config = readObject(given ?? {}, field, KEYS);
  const strategy = config["strategy"] ?? "increment";
  const known = [...NUMBER_STRATEGIES, ...TEXT_STRATEGIES];
  if (typeof strategy !== "string" || !known.includes(strategy)) {
    throw new ConfigError(
      `${field}.strategy`,
      `unknown strategy ${JSON.stringify(strategy)}, expected one of: ${known.join(", ")}`,
    );
  }
  const make = valuesOf({
    ...context,
    type,
    strategy,
    scale: readNumber(config["scale"], `${field}.scale`, 1),
    exponent: readNumber(config["e"], `${field}.e`, 1),
    config,
  });
  return withNulls(make, config, context);
}

function withNulls(
  make: Generator,
  config: JsonObject,
  { field, nullable }: GeneratorContext,
): Generator {
  const share = readWhole(config["null_percentage"], `${field}.null_percentage`, 0) ?? 0;
  if (share > 100) {
    throw new ConfigError(`${field}.null_percentage`, `'null_percentage' must be 0 to 100`);
  }
  if (share > 0 && !nullable) {
    throw new ConfigError(
      `${field}.null_percentage`,
      `'null_percentage' can't be given for a NOT NULL column`,
    );
  }
  if (share === 0) return make;
  return (index, random) => (random() * 100 < share ? null : make(index, random));
}

function valuesOf(settings: Settings): Generator {
  const { type, field, config, strategy } = settings;
  const values = readList(config["values"], `${field}.values`);
  if (values !== undefined) return amongGiven(settings, values);
  const scale = scaleOf(type);
  if (scale !== undefined) return numbers(settings, scale);
  if (type.kind === "array") {
    const inner = { ...settings, field: `${field}.value`, nullable: true };
    return repeated(settings, generatorOf(type.element, config["value"], inner));
  }
  if (type.kind === "map") return repeated(settings, pair(settings, type.key, type.value));
  if (type.kind === "row") return record(settings, type.fields);
  if (type.kind === "uuid") {
    return (index, random) => uuid(strategy === "increment" ? index : undefined, random);
  }
  return type.kind === "binary" ? bytes(settings) : text(settings);
}

/** The place drawn among `count`: in turn, evenly, or the first ones most often. */
function place(settings: Settings, count: number, index: number, random: Random): number {
  if (settings.strategy === "uniform") return Math.floor(random() * count);
  if (settings.strategy === "zipf") return zipf(settings.exponent, count, random);
  return index % count;
}

function zipf(exponent: number, count: number, random: Random): number {
  // Inverse of the continuous distribution: exact enough for data, and one draw at any size.
  const drawn = random();
  const rank =
    Math.abs(exponent - 1) < 1e-9
      ? count ** drawn
      : (1 + drawn * (count ** (1 - exponent) - 1)) ** (1 / (1 - exponent));
  return Math.min(count - 1, Math.floor(rank) - 1);
}

function amongGiven(settings: Settings, values: readonly JsonValue[]): Generator {
  const { type, field } = settings;
  if (values.length === 0) return () => null;
  const ready = values.map((value, i) => givenValue(type, value, `${field}.values.${i}`));
  return (index, random) => ready[place(settings, ready.length, index, random)] ?? null;
}

function numbers(settings: Settings, scale: Scale): Generator {
  const [low, high] = rangeOf(settings, scale.low, scale.high);
  const count = high - low;
  return (index, random) => {
    const at = settings.strategy === "increment" ? index * settings.scale : undefined;
    if (at !== undefined) return scale.value(low + (at % count));
    return scale.value((low + place(settings, count, index, random)) * settings.scale);
  };
}

function rangeOf({ config, type, field }: Settings, low: number, high: number): [number, number] {
  const range = readList(config["range"], `${field}.range`);
  if (range === undefined) return [low, high];
  const from = boundOf(type, range[0], `${field}.range`);
  const to = boundOf(type, range[1], `${field}.range`);
  if (range.length !== 2 || from >= to) {
    throw new ConfigError(
      `${field}.range`,
      `'range' must be [from, to) with from below to, got ${JSON.stringify(range)}`,
    );
  }
  return [from, to];
}

function lengths(settings: Settings, high: number): (random: Random) => number {
  const [low, top] = rangeOf(settings, 0, high);
  if (low < 0) throw new ConfigError(`${settings.field}.range`, "a length can't be negative");
  return (random) => low + Math.floor(random() * (top - low));
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function text(settings: Settings): Generator {
  const most = settings.type.kind === "text" ? settings.type.length : undefined;
  const fit = (made: string): string => (most === undefined ? made : made.slice(0, most));
  const named = textBy(settings.strategy);
  if (named !== undefined) {
    settings.english.want();
    return (_index, random) => fit(named(settings.english.from(random)));
  }
  if (settings.strategy === "increment") return (index) => fit(String(index));
  const length = lengths(settings, 25);
  return (_index, random) => {
    const letter = (): string => LETTERS[Math.floor(random() * LETTERS.length)] ?? "a";
    return fit(Array.from({ length: length(random) }, letter).join(""));
  };
}

function bytes(settings: Settings): Generator {
  const length = lengths(settings, 25);
  return (_index, random) =>
    Uint8Array.from({ length: length(random) }, () => Math.floor(random() * 256));
}

function uuid(index: number | undefined, random: Random): string {
  const digits =
    index === undefined
      ? Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("")
      : index.toString(16).padStart(32, "0");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function repeated(settings: Settings, element: Generator): Generator {
  const length = lengths(settings, 5);
  return (index, random) =>
    Array.from({ length: length(random) }, (_, i) => element(index + i, random));
}

function pair(settings: Settings, keyType: ColumnType, valueType: ColumnType): Generator {
  const { config, field } = settings;
  const at = (part: string, nullable: boolean): GeneratorContext => ({
    ...settings,
    field: `${field}.${part}`,
    nullable,
  });
  const key = generatorOf(keyType, config["key"], at("key", false));
  const value = generatorOf(valueType, config["value"], at("value", true));
  return (index, random) => [key(index, random), value(index, random)];
}

function record({ config, field, english }: Settings, fields: readonly Field[]): Generator {
  const given = config["fields"];
  const settings = isObject(given) ? given : {};
  const makers = fields.map(({ name, type, nullable }) =>
    generatorOf(type, settings[name], { field: `${field}.fields.${name}`, nullable, english }),
  );
  return (index, random) => makers.map((make) => make(index, random));
}
