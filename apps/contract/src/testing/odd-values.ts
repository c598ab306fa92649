/** Values that nobody expects, and those that a schema asks for. */

import * as fc from "fast-check";

import { type Json } from "./json.ts";
import { shapeOf } from "./shape.ts";

/** Everything that has ever broken a server. */
export const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  ".",
  "..",
  "../../etc/passwd",
  "%00",
  "\u0000",
  "a\nb",
  "é",
  "日本",
  "\u{1D54F}",
  "\u202E",
  "\uFEFF",
  '"T"',
  '"',
  "';--",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "-1",
  "1e999",
  "9223372036854775808",
  "true",
  "x".repeat(5000),
];

/** Any text: the names that are known, and everything that has ever broken a server. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("target", "stopped", "t", "v", "c", "out", "unnamed-0") },
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed()),
  fc.string({ maxLength: 20 }),
);

/** Statements, programs and tokens: texts that lead further into the server than odd ones. */
export const telling: Readonly<Record<string, fc.Arbitrary<string>>> = {
  sql: fc.constantFrom(
    "SELECT * FROM t",
    "SELECT 1/0",
    "SELECT * FROM nothing",
    "SELECT count(*) FROM range(100000)",
    "SELECT '\u0000'",
    "INSERT INTO t VALUES (1, 'x')",
    "DROP TABLE t; SELECT 1",
    "SELECT repeat('x', 100000)",
    "ATTACH ':memory:' AS other",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT CAST('x' AS INT)",
    "SELECT NULL, 1e400, 'NaN'::DOUBLE, INTERVAL 1 DAY, [1, 2], {'a': 1}, MAP {'k': 1}",
    "",
    ";",
    "-- nothing",
  ),
  program_code: fc.constantFrom(
    "",
    "CREATE TABLE t (id BIGINT, s VARCHAR);",
    "CREATE TABLE t (id BIGINT, s VARCHAR); CREATE VIEW v AS SELECT * FROM t;",
    "CREATE TABLE t (id BIGINT); CREATE TABLE t (id BIGINT);",
    "CREATE VIEW v AS SELECT * FROM nothing;",
    "CREATE TABLE t (id",
    "CREATE TABLE t (id INT) WITH ('connectors' = '[{\"name\": 1}]');",
    'CREATE TABLE t (id INT) WITH (\'connectors\' = \'[{"transport": {"name": "nothing"}}]\');',
    "SELECT 1",
    `CREATE TABLE ${'"a'.repeat(50)}" (x INT);`,
    "(".repeat(2000),
  ),
  name: fc.constantFrom("made-1", "made-2", "made-3", "target"),
  tags: fc.string({ maxLength: 10 }),
  format: fc.constantFrom(
    "json",
    "json",
    "csv",
    "csv",
    "text",
    "parquet",
    "arrow_ipc",
    "hash",
    "raw",
    "avro",
  ),
  update_format: fc.constantFrom("raw", "insert_delete", "debezium", "weighted", "snowflake"),
  initial: fc.constantFrom("running", "running", "paused", "standby", "suspended", "Running"),
  Prefer: fc.constantFrom("wait=0", "wait=1", "wait=-1", "wait", "wait=1, wait=2", 'wait="1"', ";"),
};

/** What values are made for. */
export interface Setting {
  readonly document: Json;
  /** How often a value is odd, with 8 as often as not; 0 for never. */
  readonly oddity: number;
  readonly depth: number;
}

/** A value that fits a schema more or less, or not at all. */
export function valueOf(
  name: string,
  schema: unknown,
  { document, oddity, depth }: Setting,
): fc.Arbitrary<unknown> {
  const inside = { document, oddity, depth: depth + 1 };
  const { types, words, properties, items, alternatives } = shapeOf(schema, document);
  const odd = { weight: oddity, arbitrary: oddJson };
  if (words !== undefined) return weighted(fc.constantFrom(...words), odd);
  if (alternatives.length > 0 || depth > 4) return oddJson;
  const known = telling[name];
  switch (types[0] ?? "") {
    case "string":
      return weighted(known ?? oddText, { weight: oddity, arbitrary: fc.oneof(oddText, oddJson) });
    case "boolean":
      return weighted(fc.boolean(), odd);
    case "integer":
      return weighted(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.maxSafeInteger()), odd);
    case "array":
      return weighted(fc.array(valueOf(name, items, inside), { maxLength: 4 }), odd);
    case "object":
      return weighted(objectOf(properties, inside), odd);
    default:
      return oddJson;
  }
}

function objectOf(properties: Json, inside: Setting): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    valueOf(name, schema, inside),
  ]);
  const record: Readonly<Record<string, fc.Arbitrary<unknown>>> = Object.fromEntries(fields);
  const usual = ["name", "program_code", "tokens"].filter((name) => name in properties);
  const some = fc.record(record, { requiredKeys: usual });
  const few = fc.shuffledSubarray(Object.keys(properties), {
    maxLength: Math.min(2, fields.length),
  });
  return fc.tuple(some, few).map(([value, kept]) => {
    const chosen = Object.entries(value).filter(
      ([name]) => usual.includes(name) || kept.includes(name),
    );
    return Object.fromEntries(chosen);
  });
}

function weighted(
  arbitrary: fc.Arbitrary<unknown>,
  odd: fc.WeightedArbitrary<unknown>,
): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary }, odd);
}

const oddJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, 0, -1, 1e308, "", [], {}, [[]], { __proto__: null }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Records of the tables in most programs here. */
export const rows: fc.Arbitrary<string> = fc.constantFrom(
  '{"id": 1, "s": "a"}\n{"id": 2, "s": "b"}\n',
  '[{"id": 1, "s": "a"}]',
  '{"insert": {"id": 1, "s": "a"}}\n{"delete": {"id": 1, "s": "a"}}',
  "1,a\n2,b\n",
  "id,s\n1,a\n",
  '{"id": 1, "s": "a"}\n'.repeat(10_000),
);

/** A body that fits nothing. */
export const oddBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom<string>(
    "",
    "{",
    "null",
    "[]",
    '{"id": 1, "s": "a"}',
    '{"id": 1}\n{"id": "x"}\n',
    '[{"id": 1}, {"id": 2}]',
    '{"insert": {"id": 1, "s": "a"}}',
    '{"delete": {"id": 1}}',
    '{"id": 99999999999999999999999}',
    '{"id": 1, "id": 2}',
    "1,a\n2,b\n",
    '1,"a\n',
    "[".repeat(200_000),
    '{"name":'.repeat(500),
    `"${"x".repeat(100_000)}"`,
    '{"name": "\\ud800", "program_code": ""}',
    '{"__proto__": {"name": "x"}, "name": "y", "program_code": ""}',
  ),
  fc.json(),
  fc.json().map((text) => `${text}${text}`),
);
