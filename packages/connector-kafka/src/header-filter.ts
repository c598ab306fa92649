/** Header filters: which records are taken up, by what their headers say. */

import { type JsonValue } from "@tidemark/program";
import { RE2JS } from "re2js";

import { invalid } from "./connection.ts";
import { type KafkaRecord } from "./fetched.ts";

/** Whether a record is taken up. */
export type Passes = (record: Pick<KafkaRecord, "headers">) => boolean;

/** So deep may filters hold others. */
const MOST_DEEP = 32;

const EMPTY = new Uint8Array();

/** Reads a filter; throws `ConfigError`. */
export function headerFilter(given: JsonValue, depth = 0): Passes {
  if (depth > MOST_DEEP) throw invalid("header_filter", `is more than ${MOST_DEEP} deep`);
  const [entry, ...others] = isObject(given) ? Object.entries(given) : [];
  if (entry === undefined || others.length > 0) throw misshapen(given);
  const [kind, value] = entry;
  switch (kind) {
    case "header":
      return leaf(value);
    case "and": {
      const all = filtersOf(value, depth);
      return (record) => all.every((passes) => passes(record));
    }
    case "or": {
      const any = filtersOf(value, depth);
      return (record) => any.some((passes) => passes(record));
    }
    case "not": {
      const passes = headerFilter(value, depth + 1);
      return (record) => !passes(record);
    }
    default:
      throw misshapen(given);
  }
}

function filtersOf(given: JsonValue, depth: number): readonly Passes[] {
  if (!Array.isArray(given)) throw misshapen(given);
  return given.map((each: JsonValue) => headerFilter(each, depth + 1));
}

/** Of several headers with the name one has to match, as a whole; one without a value is empty. */
function leaf(given: JsonValue): Passes {
  const { name, pattern, ...others } = isObject(given) ? given : {};
  if (typeof name !== "string" || typeof pattern !== "string" || Object.keys(others).length > 0) {
    throw misshapen(given);
  }
  const wanted = Buffer.from(name);
  const matched = compiled(pattern);
  return ({ headers }) =>
    headers.some(
      ([key, value]) => key?.equals(wanted) === true && matched.testExact(value ?? EMPTY),
    );
}

/** An expression of RE2: whatever a header holds, it takes a time that grows with its length alone. */
function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw invalid("header_filter", `has the pattern ${JSON.stringify(pattern)}: ${said}`, {
      cause,
    });
  }
}

function misshapen(given: JsonValue): Error {
  return invalid(
    "header_filter",
    `has to be {"header": {"name", "pattern"}}, {"and": [filters]}, {"or": [filters]} or {"not": filter}; it is ${JSON.stringify(given)}`,
  );
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
