/** Types of every kind on a real PostgreSQL: the copy and the change of one row give the same values. */

import { SYSTEM_CLOCK } from "@tidemark/connector";
import { take } from "@tidemark/conformance";
import { type OwnDatabase, withPostgres } from "@tidemark/systems";
import { expect, test } from "vitest";

import { postgresInput } from "./query-source.ts";
import { covering, Following, openSource, tableOf } from "./testing/opening.ts";
import { configured } from "./testing/published.ts";

const TYPES = `CREATE TYPE color AS ENUM ('red', 'sea blue', 'NULL');
  CREATE TYPE pair AS (a int, b text);
  CREATE TYPE ranged AS RANGE (subtype = float8);
  CREATE DOMAIN flag AS boolean;
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE DOMAIN small AS positive;
  CREATE DOMAIN price AS numeric(10, 2);
  CREATE DOMAIN ints AS int[];
  CREATE DOMAIN hue AS color;
  CREATE DOMAIN moment AS timestamptz;
  CREATE DOMAIN blob AS bytea;
  CREATE DOMAIN doc AS jsonb;
  CREATE DOMAIN strange AS pair`;

/** A type there, one here, a value, and what it is here. */
type Case = readonly [there: string, here: string, value: string, is: unknown];

const BYTES = new Uint8Array([1, 255]);
const NOON_NS = 1_704_110_400_000_000_000n;

const CASES: readonly Case[] = [
  ["boolean", "BOOLEAN", "true", true],
  ["boolean", "VARCHAR", "true", "t"],
  ["smallint", "INT", "-5", -5],
  ["bigint", "BIGINT", "9007199254740993", 9_007_199_254_740_993n],
  ["bigint", "DECIMAL(20, 1)", "9007199254740993", 90_071_992_547_409_930n],
  ["numeric", "DECIMAL(30, 4)", "12345678901234567890.1234", 123_456_789_012_345_678_901_234n],
  ["numeric(8, 2)", "BIGINT", "123456.00", 123_456n],
  ["numeric(30, 2)", "BIGINT", "9007199254740993.00", 9_007_199_254_740_993n],
  ["real", "REAL", "0.1", Math.fround(0.1)],
  ["double precision", "DOUBLE", "1e-300", 1e-300],
  ["double precision", "VARCHAR", "'-Infinity'", "-Infinity"],
  ["numeric", "VARCHAR", "'NaN'", "NaN"],
  ["oid", "BIGINT", "4294967295", 4_294_967_295n],
  ["money", "VARCHAR", "1234.5", "$1,234.50"],
  ["text", "VARCHAR", "e'a\"\\\\\\n{é'", 'a"\\\n{é'],
  ["char(5)", "VARCHAR", "'ab'", "ab   "],
  ["name", "VARCHAR", "'n'", "n"],
  ['"char"', "VARCHAR", "'c'", "c"],
  [
    "uuid",
    "UUID",
    "'00000000-0000-7000-8000-0000000000FF'",
    "00000000-0000-7000-8000-0000000000ff",
  ],
  ["bytea", "VARBINARY", "'\\x01ff'", BYTES],
  ["date", "DATE", "'2024-02-29'", 19_782],
  ["date", "VARCHAR", "'0044-03-15 BC'", "0044-03-15 BC"],
  ["date", "VARCHAR", "'infinity'", "infinity"],
  ["time", "TIME", "'12:34:56.789'", 45_296_789_000_000n],
  ["time", "VARCHAR", "'24:00:00'", "24:00:00"],
  ["timetz", "VARCHAR", "'12:00:00+05:30'", "12:00:00+05:30"],
  ["timestamp", "TIMESTAMP", "'2024-01-01 12:00:00'", NOON_NS],
  ["timestamptz", "TIMESTAMP", "'2024-01-01 17:30:00+05:30'", NOON_NS],
  ["timestamptz", "VARCHAR", "'-infinity'", "-infinity"],
  ["interval", "VARCHAR", "'-1 day 2 hours'", "-1 days +02:00:00"],
  ["json", "VARIANT", "e'{\"k\":\\n1.0}'", '{"k":1.0}'],
  ["jsonb", "VARIANT", "'[1, null]'", "[1,null]"],
  ["jsonb", "INT ARRAY", "'[1, null]'", [1, null]],
  ["jsonb", "MAP<VARCHAR, INT>", "'{\"a\": 1}'", [["a", 1]]],
  ["json", "VARCHAR", '\'{"k": "v"}\'', '{"k": "v"}'],
  ["xml", "VARCHAR", "'<a>b</a>'", "<a>b</a>"],
  ["inet", "VARCHAR", "'10.0.0.1/8'", "10.0.0.1/8"],
  ["bit(3)", "VARCHAR", "'101'", "101"],
  ["pg_lsn", "VARCHAR", "'16/B374D848'", "16/B374D848"],
  ["tsvector", "VARCHAR", "'a:1 b'", "'a':1 'b'"],
  ["point", "VARCHAR", "'(1.5,2)'", "(1.5,2)"],
  ["int4range", "VARCHAR", "'[1,5]'", "[1,6)"],
  ["int4multirange", "VARCHAR", "'{[1,5]}'", "{[1,6)}"],
  ["ranged", "VARCHAR", "'[0.5,1)'", "[0.5,1)"],
  ["pair", "VARCHAR", "'(1,\"x y\")'", '(1,"x y")'],
  ["color", "VARCHAR", "'sea blue'", "sea blue"],
  // Domains.
  ["flag", "BOOLEAN", "false", false],
  ["small", "INT", "7", 7],
  ["price", "DECIMAL(10, 2)", "1.5", 150n],
  ["ints", "INT ARRAY", "'{1,NULL}'", [1, null]],
  ["hue", "VARCHAR", "'red'", "red"],
  ["moment", "TIMESTAMP", "'2024-01-01 12:00:00+00'", NOON_NS],
  ["blob", "VARBINARY", "'\\x01ff'", BYTES],
  ["doc", "VARIANT", "'{\"k\": 1}'", '{"k":1}'],
  ["strange", "VARCHAR", "'(1,)'", "(1,)"],
  // Arrays.
  ["boolean[]", "BOOLEAN ARRAY", "'{t,NULL,f}'", [true, null, false]],
  ["int[]", "INT ARRAY", "'[0:1]={4,5}'", [4, 5]],
  [
    "int[]",
    "INT ARRAY ARRAY",
    "'{{1,2},{3,NULL}}'",
    [
      [1, 2],
      [3, null],
    ],
  ],
  ["int[]", "INT ARRAY", "'{}'", []],
  ["int[]", "VARCHAR ARRAY", "'{1,2}'", ["1", "2"]],
  ["int[]", "VARCHAR", "'{1,2}'", "{1,2}"],
  ["int[]", "VARIANT", "'{{1},{2}}'", "[[1],[2]]"],
  ["numeric[]", "DECIMAL(10, 2) ARRAY", "'{1.5}'", [150n]],
  [
    "text[]",
    "VARCHAR ARRAY",
    "array['x,y', '\"', '\\', 'NULL', NULL, '']",
    ["x,y", '"', "\\", "NULL", null, ""],
  ],
  ["bytea[]", "VARBINARY ARRAY", "array['\\x01ff'::bytea]", [BYTES]],
  ["timestamptz[]", "TIMESTAMP ARRAY", "array['2024-01-01 12:00:00+00'::timestamptz]", [NOON_NS]],
  [
    "uuid[]",
    "UUID ARRAY",
    "'{00000000-0000-7000-8000-0000000000ff}'",
    ["00000000-0000-7000-8000-0000000000ff"],
  ],
  ["jsonb[]", "VARIANT ARRAY", "array['{\"k\": [1]}'::jsonb]", ['{"k":[1]}']],
  ["color[]", "VARCHAR ARRAY", "'{red,sea blue,\"NULL\"}'", ["red", "sea blue", "NULL"]],
  ["color[]", "VARIANT", "'{red}'", '["red"]'],
  ["name[]", "VARCHAR ARRAY", "'{a,b}'", ["a", "b"]],
  ["inet[]", "VARCHAR ARRAY", "'{10.0.0.1,::1}'", ["10.0.0.1", "::1"]],
  ["interval[]", "VARCHAR ARRAY", "'{1 day}'", ["1 day"]],
  ["bit(3)[]", "VARCHAR ARRAY", "'{101}'", ["101"]],
  ["macaddr[]", "VARCHAR ARRAY", "'{08:00:2b:01:02:03}'", ["08:00:2b:01:02:03"]],
  ["int4range[]", "VARCHAR ARRAY", "array['[1,5)'::int4range]", ["[1,5)"]],
  ["pair[]", "VARCHAR ARRAY", "array['(1,x)'::pair]", ["(1,x)"]],
  ["small[]", "INT ARRAY", "'{1,2}'", [1, 2]],
  ["ints[]", "INT ARRAY ARRAY", "array['{1}'::ints, '{2,3}'::ints]", [[1], [2, 3]]],
  ["hue[]", "VARCHAR ARRAY", "'{red}'", ["red"]],
  ["price[]", "DECIMAL(10, 2) ARRAY", "'{1.50}'", [150n]],
  ["box[]", "VARCHAR", "'{(1,1),(0,0)}'", "{(1,1),(0,0)}"],
];

/** A table with a column of each case, in one row and a row of NULLs, published. */
async function filled(database: OwnDatabase, name: string): Promise<void> {
  const columns = CASES.map(([there], at) => `c${at} ${there}`).join(", ");
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, ${columns})`);
  await database.query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
  await database.query(
    `INSERT INTO ${name} VALUES (1, ${CASES.map(([, , value]) => value).join(", ")})`,
  );
  await database.query(`INSERT INTO ${name} VALUES (2)`);
}

const HERE = tableOf(
  `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, ${CASES.map(([, here], at) => `c${at} ${here}`).join(", ")})`,
);
const ROW = CASES.map(([, , , is]) => is);
const NULLS = CASES.map(() => null);

/** By type, so that what differs is named. */
function named([id, ...values]: readonly unknown[]): unknown {
  return [id, ...values.map((value, at) => [CASES[at]?.slice(0, 3).join(" "), value])];
}

withPostgres((database) => {
  test("P14: the copy, the change and the query of a row of every type give the same values", async () => {
    await database().query(TYPES);
    await filled(database(), "every");
    const config = configured(database(), "every");
    await using following = new Following(await openSource({ table: HERE, config }));
    const copied = await following.until(await covering(following));
    expect(copied.map(([, row]) => named(row))).toEqual([named([1, ...ROW]), named([2, ...NULLS])]);
    const columns = CASES.map((_case, at) => `c${at}`).join(", ");
    await database().query(`INSERT INTO every SELECT id + 2, ${columns} FROM every ORDER BY id`);
    await database().query("ALTER TABLE every REPLICA IDENTITY FULL");
    await database().query("UPDATE every SET id = id + 10 WHERE id > 2");
    const changed = await following.until(await covering(following));
    const inserted = changed.filter(([what]) => what === "insert");
    expect(inserted.map(([, row]) => named(row))).toEqual([
      named([3, ...ROW]),
      named([4, ...NULLS]),
      named([13, ...ROW]),
      named([14, ...NULLS]),
    ]);
    const factory = postgresInput(SYSTEM_CLOCK);
    const queried = { uri: database().url, query: "SELECT * FROM every WHERE id < 3 ORDER BY id" };
    await using source = await openSource({ table: HERE, config: queried, factory });
    const [batch] = await take(source, 2);
    expect(batch?.changes.rows.map(named)).toEqual([named([1, ...ROW]), named([2, ...NULLS])]);
  });

  test("P14: types of extensions and domains over them are read as their text", async ({
    skip,
  }) => {
    const available = await database().query(
      "SELECT FROM pg_available_extensions WHERE name IN ('citext', 'hstore')",
    );
    skip(available.length < 2, "the extensions citext and hstore are not installed");
    await database().query(
      `CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE DOMAIN mail AS citext;
       CREATE TABLE extended (id int PRIMARY KEY, c citext, m mail, ca citext[], ma mail[], h hstore);
       CREATE PUBLICATION p_extended FOR TABLE extended;
       INSERT INTO extended VALUES (1, 'Ab', 'A@b', '{A,"b c"}', '{A@b}', 'k=>"v 1", n=>NULL')`,
    );
    const table = tableOf(
      `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c VARCHAR, m VARCHAR, ca VARCHAR ARRAY, ma VARCHAR ARRAY, h VARCHAR)`,
    );
    const config = configured(database(), "extended");
    await using following = new Following(await openSource({ table, config }));
    const rest = ["Ab", "A@b", ["A", "b c"], ["A@b"], '"k"=>"v 1", "n"=>NULL'];
    expect(await following.until(await covering(following))).toEqual([["insert", [1, ...rest]]]);
    await database().query("INSERT INTO extended SELECT 2, c, m, ca, ma, h FROM extended");
    expect(await following.until(await covering(following))).toEqual([["insert", [2, ...rest]]]);
  });

  test.each([
    [
      "int",
      "VARCHAR ARRAY",
      "of type integer does not fit the column 'v' of type VARCHAR ARRAY here; declare it as INT, BIGINT, DECIMAL or VARCHAR",
    ],
    ["boolean", "INT", "of type boolean .* declare it as BOOLEAN or VARCHAR"],
    ["text", "INT", "of type text .* declare it as VARCHAR"],
    [
      "money",
      "DECIMAL(10, 2)",
      "of type money .* of type DECIMAL\\(10, 2\\) here; declare it as VARCHAR",
    ],
    ["interval", "TIME", "of type interval .* declare it as VARCHAR"],
    ["timetz", "TIME", "of type time with time zone .* declare it as VARCHAR"],
    ["hue[]", "INT ARRAY", "of type public\\.hue\\[\\] .* declare it as VARCHAR ARRAY or VARCHAR"],
    ["small[]", "INT", "of type public\\.small\\[\\] .* declare it as INT ARRAY or VARCHAR"],
    ["doc", "INT", "of type public\\.doc .* declare it as VARIANT, MAP, ROW or VARCHAR"],
    ["box[]", "VARCHAR ARRAY", "of type box\\[\\] .* declare it as VARCHAR"],
    ["pair", "ROW(a INT, b VARCHAR)", "of type public\\.pair .* declare it as VARCHAR"],
  ])("P14: a column of type %s is refused at start for a column %s", async (there, here, why) => {
    const [{ n } = { n: 0 }] = await database().query("SELECT count(*)::int AS n FROM pg_class");
    const name = `refused_${String(n)}`;
    await database().query(`CREATE TABLE ${name} (id int PRIMARY KEY, v ${there})`);
    await database().query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
    const table = tableOf(`CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v ${here})`);
    const config = configured(database(), name);
    await expect(openSource({ table, config })).rejects.toThrow(
      new RegExp(`'source_table' names 'public.${name}', whose column 'v' ${why}`, "u"),
    );
    const query = { uri: database().url, query: `SELECT * FROM ${name}` };
    const factory = postgresInput(SYSTEM_CLOCK);
    await expect(openSource({ table, config: query, factory })).rejects.toThrow(
      "'query' answers with a column 'v'",
    );
  });
});
