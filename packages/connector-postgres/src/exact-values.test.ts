/** What a table holds is what the view holds, for every pair of types that is accepted. */

import { type Value } from "@tidemark/connector";
import { withPostgres } from "@tidemark/systems";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { columnsOf, openOutput, step } from "./testing/output.ts";

/** A pair of types, its values, and how the same value reads in the database. */
interface Pair {
  readonly view: string;
  readonly table: string;
  readonly values: fc.Arbitrary<Value>;
  /** SQL that reads the column as a text. */
  readonly read?: string;
  /** What is compared: of the text that the database reads, and of the value. */
  readonly held?: (text: string) => unknown;
  readonly expected: (value: Value) => unknown;
}

const plain = (value: Value): string => String(value);
const whole = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });
const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const double = fc.double();
const real = fc.float();
const text = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .filter((one) => !one.includes("\u0000") && one.isWellFormed());
/** Micro-seconds, in nanoseconds. */
const moment = whole(62n).map((ns) => (ns / 1000n) * 1000n);
const micros = (value: Value): string => String(BigInt(plain(value)) / 1000n);
const cents = fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n });
const asDecimal = (value: Value): string => {
  const units = BigInt(plain(value));
  const digits = (units < 0n ? -units : units).toString().padStart(3, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const parsed = (value: Value): unknown => JSON.parse(plain(value));
const EPOCH = "(extract(epoch FROM a) * 1000000)::numeric(30)::text";
const array = (value: Value): string => JSON.stringify(value);

const PAIRS: readonly Pair[] = [
  { view: "BOOLEAN", table: "boolean", values: fc.boolean(), expected: plain },
  { view: "INT", table: "int", values: small, expected: plain },
  { view: "INT", table: "numeric(12)", values: small, expected: plain },
  { view: "INT", table: "double precision", values: small, expected: plain, read: "a::int8::text" },
  { view: "BIGINT", table: "bigint", values: whole(64n), expected: plain },
  { view: "BIGINT", table: "numeric", values: whole(64n), expected: plain },
  { view: "BIGINT", table: "text", values: whole(64n), expected: plain },
  { view: "DECIMAL(20, 2)", table: "numeric", values: cents, expected: asDecimal },
  { view: "DECIMAL(20, 2)", table: "numeric(20, 2)", values: cents, expected: asDecimal },
  { view: "DECIMAL(20, 2)", table: "jsonb", values: cents, expected: asDecimal },
  { view: "DOUBLE", table: "double precision", values: double, held: Number, expected: Number },
  {
    view: "REAL",
    table: "real",
    values: real,
    held: Number,
    expected: Number,
    read: "a::float8::text",
  },
  { view: "REAL", table: "double precision", values: real, held: Number, expected: Number },
  { view: "VARCHAR", table: "text", values: text, expected: plain },
  { view: "VARCHAR", table: "varchar", values: text, expected: plain },
  { view: "VARCHAR", table: "varchar(100)", values: text, expected: plain },
  { view: "VARCHAR", table: "json", values: text, expected: plain, read: "a #>> '{}'" },
  {
    view: "DATE",
    table: "date",
    values: fc.integer({ min: -700_000, max: 2_900_000 }),
    expected: plain,
    read: "(a - DATE '1970-01-01')::text",
  },
  {
    view: "DATE",
    table: "timestamptz",
    values: fc.integer({ min: -700_000, max: 2_900_000 }),
    expected: (days) => String(BigInt(plain(days)) * 86_400_000_000n),
    read: EPOCH,
  },
  {
    view: "TIME",
    table: "time",
    values: fc.bigInt({ min: 0n, max: 86_399_999_999n }).map((us) => us * 1000n),
    expected: micros,
    read: EPOCH,
  },
  { view: "TIMESTAMP", table: "timestamp", values: moment, expected: micros, read: EPOCH },
  { view: "TIMESTAMP", table: "timestamptz", values: moment, expected: micros, read: EPOCH },
  { view: "UUID", table: "uuid", values: fc.uuid(), expected: plain },
  {
    view: "VARIANT",
    table: "jsonb",
    values: fc.record({ n: small, s: text }).map((one) => JSON.stringify(one)),
    held: parsed,
    expected: parsed,
  },
  {
    view: "INT ARRAY",
    table: "int[]",
    values: fc.array(fc.option(small)),
    expected: array,
    read: "to_json(a)::text",
  },
  {
    view: "INT ARRAY ARRAY",
    table: "int[]",
    values: fc.array(fc.tuple(small, small), { minLength: 1 }),
    expected: array,
    read: "to_json(a)::text",
  },
  {
    view: "VARCHAR ARRAY",
    table: "varchar(90)[]",
    values: fc.array(fc.option(text)),
    expected: array,
    read: "to_json(a)::text",
  },
  {
    view: "MAP<VARCHAR, INT>",
    table: "jsonb",
    values: small.map((n) => [["k", n]]),
    expected: (value) => plain(value).replace(/k,(.*)/u, '{"k": $1}'),
  },
];

withPostgres((database) => {
  test.each(PAIRS)("$view in $table holds every value exactly", async (pair) => {
    const { view, table, values, read = "a::text", held = plain, expected } = pair;
    await database().query("DROP TABLE IF EXISTS t, tidemark_steps");
    await database().query(`CREATE TABLE t (id int PRIMARY KEY, a ${table})`);
    const columns = columnsOf(`id INT NOT NULL, a ${view}`);
    const given = fc.sample(values, { numRuns: 200, seed: 7 });
    await using sink = await openOutput(database(), { table: "t", columns });
    await sink.take(1n, step([1, -1, null], ...given.map((value, id) => [1, id, value] as const)));
    const rows = await database().query(`SELECT ${read} AS a FROM t WHERE id >= 0 ORDER BY id`);
    expect(rows.map(({ a }) => held(String(a)))).toEqual(given.map(expected));
    expect(await database().query("SELECT a FROM t WHERE id < 0")).toEqual([{ a: null }]);
  });

  test.each([
    ["DECIMAL(10, 4)", "numeric(10, 2)", "numeric(10, 4), as it would round"],
    ["DECIMAL(10, 4)", "double precision", "numeric(10, 4)"],
    ["DECIMAL(10, 4)", "int", "numeric(10, 4)"],
    ["BIGINT", "double precision", "an integer type or numeric"],
    ["BIGINT", "numeric(20, -2)", "an integer type or numeric"],
    ["DOUBLE", "real", "double precision or numeric"],
    ["DOUBLE", "numeric(10, 2)", "without precision, as it would round"],
    ["DOUBLE", "int", "double precision"],
    ["TIMESTAMP", "date", "timestamp or timestamptz"],
    ["TIMESTAMP", "time", "timestamp or timestamptz"],
    ["DATE", "int", "date"],
    ["TIME", "timetz", "time"],
    ["VARCHAR", "name", "text"],
    ["VARCHAR", "bytea", "text"],
    ["VARCHAR", "int", "text"],
    ["VARCHAR", "date", "text"],
    ["BOOLEAN", "int", "boolean"],
    ["VARBINARY", "bytea", "left out of the view"],
    ["INT ARRAY", "int", "an array or jsonb"],
    ["DOUBLE ARRAY", "real[]", "an array whose elements are double precision"],
    ["MAP<VARCHAR, INT>", "int[]", "jsonb"],
    ["ROW(x INT, y INT)", "pair", "whose field 'y' is"],
    ["INT", "int GENERATED ALWAYS AS (id + 1) STORED", "left out of the view"],
    ["INT", "int GENERATED ALWAYS AS IDENTITY", "GENERATED BY DEFAULT AS IDENTITY"],
  ])("%s in %s is refused at the start, with what would be right", async (view, table, right) => {
    await database().query("DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS pair");
    await database().query("CREATE TYPE pair AS (x int, y bool)");
    await database().query(`CREATE TABLE t (id int PRIMARY KEY, a ${table})`);
    const opening = openOutput(database(), {
      table: "t",
      columns: columnsOf(`id INT NOT NULL, a ${view}`),
    });
    await expect(opening).rejects.toThrow(right);
    await expect(opening).rejects.toThrow(
      /'table' names 't', whose column 'a' is of type .*, which does not hold .* exactly/u,
    );
  });

  test.each([
    ["a view", "CREATE VIEW t AS SELECT 1 AS id, 2 AS a", "which is a view"],
    [
      "rules",
      "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING",
      "has the rules 'r'",
    ],
    [
      "names in another case",
      'CREATE TABLE t (id int PRIMARY KEY, "A" int)',
      "lacks the view's columns 'a'; it has 'A'",
    ],
    [
      "columns that have to be filled",
      "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL)",
      "columns 'b' are NOT NULL",
    ],
  ])("%s are refused at the start", async (_what, ddl, why) => {
    await database().query("DROP TABLE IF EXISTS t");
    await database().query(ddl);
    const columns = columnsOf("id INT NOT NULL, a INT");
    await expect(openOutput(database(), { table: "t", columns })).rejects.toThrow(why);
    await database()
      .query("DROP VIEW IF EXISTS t")
      .catch(() => undefined);
  });

  test("keys of any identity are written, and columns in any order and any schema", async () => {
    await database().query("CREATE SCHEMA other");
    await database().query(
      "CREATE TABLE other.t (b text DEFAULT 'x', a int, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
    );
    const columns = columnsOf("id INT NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "other.t", columns });
    await sink.take(1n, step([1, 7, 1], [1, 8, 2]));
    await sink.take(2n, step([-1, 7, 1], [1, 7, 3]));
    expect(await database().query("SELECT * FROM other.t ORDER BY id")).toEqual([
      { b: "x", a: 3, id: 7 },
      { b: "x", a: 2, id: 8 },
    ]);
  });

  test("P15: a moment is written as UTC, whatever the database's time zone is", async () => {
    const { name } = (await database().query("SELECT current_database() AS name"))[0] ?? {};
    await database().query(`ALTER DATABASE "${String(name)}" SET TimeZone = 'America/New_York'`);
    await database().query("DROP TABLE IF EXISTS t, tidemark_steps");
    await database().query("CREATE TABLE t (id int PRIMARY KEY, a timestamptz)");
    const columns = columnsOf("id INT NOT NULL, a TIMESTAMP");
    await using sink = await openOutput(database(), { table: "t", columns });
    await sink.take(1n, step([1, 1, BigInt(Date.UTC(2024, 6, 1, 12)) * 1_000_000n]));
    expect(await database().query("SELECT (a AT TIME ZONE 'UTC')::text AS a FROM t")).toEqual([
      { a: "2024-07-01 12:00:00" },
    ]);
  });
});
