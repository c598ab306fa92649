/** JSON flavors: how the types that JSON lacks are written. */

import { type Value } from "@tidemark/connector";
import { isLosslessNumber } from "lossless-json";

import { base58Bytes } from "./base58.ts";
import { parseDate, parseTime, parseTimestamp } from "./date-time.ts";
import { wrongType, wrongValue } from "./value-fault.ts";

/** Reads the types that flavors differ in; all throw `ValueFault`. */
export interface JsonFlavor {
  readonly name: string;
  readonly date: (value: unknown) => Value;
  readonly time: (value: unknown) => Value;
  readonly timestamp: (value: unknown) => Value;
  readonly binary: (value: unknown) => Value;
  /** Whether a VARIANT comes as any JSON value, or as a text that holds JSON. */
  readonly variant: "json" | "text";
}

const MICRO_NS = 1000n;
const MILLI_NS = 1_000_000n;
const DAY_NS = 86_400_000_000_000n;
const MAX_DAY = 2_932_896;
const MIN_DAY = -719_528;

const standard: JsonFlavor = {
  name: "default",
  date: textual("a date YYYY-MM-DD", parseDate),
  time: textual("a time HH:MM:SS[.f]", parseTime),
  timestamp: textual("a timestamp YYYY-MM-DD HH:MM:SS[.f]", parseTimestamp),
  binary: readBytes,
  variant: "json",
};

const debeziumMysql: JsonFlavor = {
  ...standard,
  name: "debezium_mysql",
  date: orText(readEpochDays, standard.date),
  time: orText(timeOfDay("microseconds", MICRO_NS), zonedTime),
  binary: readBase64,
  variant: "text",
};

const epochMillis = sinceEpoch("milliseconds", MILLI_NS);

/** The flavors that input can be in. */
export const jsonFlavors: ReadonlyMap<string, JsonFlavor> = new Map(
  flavors().map((flavor) => [flavor.name, flavor]),
);

function flavors(): readonly JsonFlavor[] {
  return [
    standard,
    debeziumMysql,
    {
      ...debeziumMysql,
      name: "debezium_postgres",
      timestamp: orText(sinceEpoch("microseconds", MICRO_NS), standard.timestamp),
    },
    {
      ...standard,
      name: "kafka_connect_json_converter",
      date: orText(readEpochDays, standard.date),
      time: orText(timeOfDay("milliseconds", MILLI_NS), zonedTime),
      timestamp: orText(epochMillis, standard.timestamp),
      variant: "text",
    },
    { ...standard, name: "pandas", timestamp: epochMillis, variant: "text" },
    { ...standard, name: "snowflake", variant: "text" },
    { ...standard, name: "blockchain", binary: readBase58, variant: "text" },
    { ...standard, name: "c_hex", binary: hexReader(/^(?:0x)?/iu) },
    { ...standard, name: "postgres", binary: hexReader(/^\\x/u) },
    { ...standard, name: "datagen" },
    { ...standard, name: "ClockInput", timestamp: epochMillis },
  ];
}

/** Reads texts one way, and all else the other. */
function orText(
  read: (value: unknown) => Value,
  readText: (value: unknown) => Value,
): (value: unknown) => Value {
  return (value) => (typeof value === "string" ? readText(value) : read(value));
}

/** A time of the day in UTC, which may say so. */
function zonedTime(value: unknown): Value {
  return standard.time(typeof value === "string" ? value.replace(/(?:Z|\+00:00)$/u, "") : value);
}

function textual(
  expected: string,
  parse: (text: string) => Value | undefined,
): (value: unknown) => Value {
  return (value) => {
    if (typeof value !== "string") throw wrongType(value, expected);
    const parsed = parse(value);
    if (parsed === undefined) throw wrongValue(value, expected);
    return parsed;
  };
}

function readBytes(value: unknown): Uint8Array {
  if (!Array.isArray(value)) throw wrongType(value, "a sequence of bytes");
  const bytes = new Uint8Array(value.length);
  for (let index = 0; index < value.length; index += 1) {
    const byte = wholeNumber(value[index], "a byte from 0 to 255");
    if (byte < 0 || byte > 255) throw wrongValue(byte, "a byte from 0 to 255");
    bytes[index] = byte;
  }
  return bytes;
}

function readBase64(value: unknown): Uint8Array {
  const expected = "base64 text";
  if (typeof value !== "string") throw wrongType(value, expected);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) {
    throw wrongValue(value, expected);
  }
  return new Uint8Array(Buffer.from(value, "base64"));
}

/** Reads hexadecimal digits behind a prefix. */
function hexReader(prefix: RegExp): (value: unknown) => Uint8Array {
  const expected = "hexadecimal text";
  return (value) => {
    if (typeof value !== "string") throw wrongType(value, expected);
    const digits = value.replace(prefix, "");
    const hasPrefix = prefix.test(value);
    if (!hasPrefix || !/^(?:[0-9a-f]{2})*$/iu.test(digits)) throw wrongValue(value, expected);
    return new Uint8Array(Buffer.from(digits, "hex"));
  };
}

function readBase58(value: unknown): Uint8Array {
  const expected = "base58 text";
  if (typeof value !== "string") throw wrongType(value, expected);
  const bytes = base58Bytes(value);
  if (bytes === undefined) throw wrongValue(value, expected);
  return bytes;
}

function readEpochDays(value: unknown): number {
  const expected = "a number of days since 1970-01-01";
  const days = wholeNumber(value, expected);
  if (days < MIN_DAY || days > MAX_DAY) throw wrongValue(value, expected);
  return days;
}

function timeOfDay(unit: string, unitNs: bigint): (value: unknown) => bigint {
  const expected = `a number of ${unit} since midnight`;
  return (value) => {
    const ns = BigInt(wholeNumber(value, expected)) * unitNs;
    if (ns < 0n || ns >= DAY_NS) throw wrongValue(value, expected);
    return ns;
  };
}

function sinceEpoch(unit: string, unitNs: bigint): (value: unknown) => bigint {
  const expected = `a number of ${unit} since 1970-01-01`;
  return (value) => BigInt(wholeNumber(value, expected)) * unitNs;
}

/** Numbers beyond 2^53 are refused, never rounded. */
function wholeNumber(value: unknown, expected: string): number {
  const number = isLosslessNumber(value) ? Number(value.value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw wrongType(value, expected);
  }
  return number;
}
