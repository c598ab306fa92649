/** The types that an event's schema names, as values that every flavor of Debezium reads alike. */

import { isLosslessNumber } from "lossless-json";

import { formatDate, formatTime, formatTimestamp } from "./date-time.ts";
import { formatDecimal } from "./decimal.ts";
import { isJsonObject, type JsonRecord } from "./json-fields.ts";
import { wrongType, wrongValue } from "./value-fault.ts";

const MICRO_NS = 1000n;
const MILLI_NS = 1_000_000n;
const DAY_NS = 86_400_000_000_000n;
const MAX_SCALE = 1000;

type Convert = (value: unknown, schema: JsonRecord) => unknown;

/** Where a type is not here, its values are what the column's own type is written as. */
const TYPES: ReadonlyMap<unknown, Convert> = new Map<unknown, Convert>([
  ["io.debezium.time.Date", date],
  ["org.apache.kafka.connect.data.Date", date],
  ["io.debezium.time.Time", time(MILLI_NS)],
  ["org.apache.kafka.connect.data.Time", time(MILLI_NS)],
  ["io.debezium.time.MicroTime", time(MICRO_NS)],
  ["io.debezium.time.NanoTime", time(1n)],
  ["io.debezium.time.Timestamp", timestamp(MILLI_NS)],
  ["org.apache.kafka.connect.data.Timestamp", timestamp(MILLI_NS)],
  ["io.debezium.time.MicroTimestamp", timestamp(MICRO_NS)],
  ["io.debezium.time.NanoTimestamp", timestamp(1n)],
  ["org.apache.kafka.connect.data.Decimal", decimal],
  ["io.debezium.data.VariableScaleDecimal", variableScale],
]);

/** Converts a value by its schema; throws `ValueFault`. */
export function bySchema(value: unknown, schema: unknown): unknown {
  if (!isJsonObject(schema)) return isVariableScale(value) ? variableScale(value) : value;
  if (value === null) return null;
  if (schema["type"] === "array" && Array.isArray(value)) {
    return value.map((one: unknown) => bySchema(one, schema["items"]));
  }
  return TYPES.get(schema["name"])?.(value, schema) ?? value;
}

/** The schemas of a struct's fields, by name. */
export function fieldSchemas(schema: unknown): ReadonlyMap<string, JsonRecord> {
  const fields: unknown = isJsonObject(schema) ? schema["fields"] : undefined;
  const found = new Map<string, JsonRecord>();
  if (!Array.isArray(fields)) return found;
  for (const field of fields as readonly unknown[]) {
    if (!isJsonObject(field)) continue;
    const name = field["field"];
    if (typeof name === "string") found.set(name, field);
  }
  return found;
}

function date(value: unknown): unknown {
  if (typeof value === "string") return value;
  const days = whole(value, "a number of days since 1970-01-01");
  const limit = 100_000_000n;
  if (days > limit || days < -limit) throw wrongValue(value, "a date");
  return formatDate(Number(days));
}

function time(unitNs: bigint): Convert {
  return (value) => {
    if (typeof value === "string") return value;
    const ns = whole(value, "a time of the day") * unitNs;
    if (ns < 0n || ns >= DAY_NS) throw wrongValue(value, "a time of the day");
    return formatTime(ns);
  };
}

function timestamp(unitNs: bigint): Convert {
  return (value) => {
    if (typeof value === "string") return value;
    const ns = whole(value, "a time since 1970-01-01") * unitNs;
    const limit = 8_000_000_000_000_000n * MILLI_NS;
    if (ns > limit || ns < -limit) throw wrongValue(value, "a timestamp");
    return formatTimestamp(ns);
  };
}

function decimal(value: unknown, schema: JsonRecord): unknown {
  const parameters = schema["parameters"];
  return decimalText(value, isJsonObject(parameters) ? parameters["scale"] : undefined);
}

function variableScale(value: unknown): string {
  if (!isJsonObject(value)) throw wrongType(value, "a decimal as `scale` and `value`");
  return decimalText(value["value"], value["scale"]);
}

function isVariableScale(value: unknown): value is JsonRecord {
  if (!isJsonObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 2 && "scale" in value && typeof value["value"] === "string";
}

/** A decimal given as the base64 of its unscaled value, big-endian in two's complement. */
function decimalText(value: unknown, scale: unknown): string {
  const digits =
    typeof scale === "string" || typeof scale === "number" ? Number(scale) : exact(scale);
  if (!Number.isInteger(digits) || Math.abs(digits) > MAX_SCALE) {
    throw wrongValue(scale, "the scale of a decimal");
  }
  if (typeof value !== "string") throw wrongType(value, "the base64 text of a decimal's bytes");
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === 0) throw wrongValue(value, "the base64 text of a decimal's bytes");
  const units = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
  return digits < 0 ? `${units}e${-digits}` : formatDecimal(units, digits);
}

function exact(value: unknown): number {
  return isLosslessNumber(value) ? Number(value.value) : Number.NaN;
}

function whole(value: unknown, expected: string): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (isLosslessNumber(value) && /^-?\d{1,25}$/.test(value.value)) return BigInt(value.value);
  throw wrongType(value, expected);
}
