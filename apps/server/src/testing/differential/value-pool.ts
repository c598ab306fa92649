/** Values of a differential test: of each type there, literals, and what our queries answer for them. */

/** A type of PostgreSQL, the type of its column here, and values of it. */
export interface PooledType {
  readonly there: string;
  readonly here: string;
  readonly values: readonly (readonly [literal: string, ours: unknown])[];
  /** A value there that the column here can't hold. */
  readonly misfit?: string;
}

/** Types that the pool needs in the schema of a test. */
export const POOL_TYPES = `CREATE TYPE color AS ENUM ('red', 'sea blue');
  CREATE TYPE pair AS (a int, b text);
  CREATE DOMAIN flag AS boolean;
  CREATE DOMAIN number AS int;
  CREATE DOMAIN key AS number;
  CREATE DOMAIN price AS numeric(10, 2);
  CREATE DOMAIN ints AS int[];
  CREATE DOMAIN hue AS color;
  CREATE DOMAIN moment AS timestamptz;
  CREATE DOMAIN doc AS jsonb`;

const BOOLEANS = [
  ["true", true],
  ["false", false],
] as const;
const MOMENTS = [
  ["'2024-07-01 12:00:00.5+00'", "2024-07-01T12:00:00.5"],
  ["'1880-01-01 05:30:00+05:30'", "1880-01-01T00:00:00"],
] as const;
const PRICES = [
  ["1.5", 1.5],
  ["-99999.99", -99_999.99],
] as const;
const COLORS = [
  ["'red'", "red"],
  ["'sea blue'", "sea blue"],
] as const;
const DOCS = [
  [`'{"k": [1, null]}'`, { k: [1, null] }],
  [`'"text"'`, "text"],
  ["'1.50'", 1.5],
] as const;
const INTS = [
  ["'{1,NULL}'", [1, null]],
  ["'{}'", []],
  ["'[0:1]={7,8}'", [7, 8]],
] as const;

/** One for each way in which a value is read. */
export const POOL: readonly PooledType[] = [
  { there: "boolean", here: "BOOLEAN", values: BOOLEANS },
  { there: "flag", here: "BOOLEAN", values: BOOLEANS },
  {
    there: "number",
    here: "INT",
    values: [
      ["-5", -5],
      ["2147483647", 2_147_483_647],
    ],
  },
  { there: "bigint", here: "BIGINT", values: [["9007199254740991", 9_007_199_254_740_991]] },
  { there: "numeric", here: "DECIMAL(12, 2)", values: PRICES, misfit: "'NaN'" },
  { there: "price", here: "DECIMAL(10, 2)", values: PRICES },
  {
    there: "numeric",
    here: "VARCHAR",
    values: [
      ["'NaN'", "NaN"],
      ["1.500", "1.500"],
    ],
  },
  {
    there: "double precision",
    here: "DOUBLE",
    values: [
      ["0.1234567890123456", 0.1234567890123456],
      ["-1e-300", -1e-300],
    ],
  },
  { there: "real", here: "REAL", values: [["-1.25", -1.25]] },
  {
    there: "text",
    here: "VARCHAR",
    values: [
      ["''", ""],
      ["e'a\"\\\\\\n{é€'", 'a"\\\n{é€'],
    ],
  },
  { there: "color", here: "VARCHAR", values: COLORS },
  { there: "hue", here: "VARCHAR", values: COLORS },
  { there: "bytea", here: "VARBINARY", values: [["'\\x01fe'", [1, 254]]] },
  { there: "date", here: "DATE", values: [["'2024-02-03'", "2024-02-03"]], misfit: "'infinity'" },
  { there: "timestamptz", here: "TIMESTAMP", values: MOMENTS, misfit: "'0044-03-15 BC'" },
  { there: "moment", here: "TIMESTAMP", values: MOMENTS },
  { there: "time", here: "TIME", values: [["'12:34:56.5'", "12:34:56.5"]], misfit: "'24:00:00'" },
  {
    there: "interval",
    here: "VARCHAR",
    values: [["'1 year -2 days 03:04:05'", "1 year -2 days +03:04:05"]],
  },
  { there: "jsonb", here: "VARIANT", values: DOCS },
  { there: "doc", here: "VARIANT", values: DOCS },
  { there: "int[]", here: "INT ARRAY", values: INTS },
  { there: "ints", here: "INT ARRAY", values: INTS },
  { there: "color[]", here: "VARCHAR ARRAY", values: [["'{red,sea blue}'", ["red", "sea blue"]]] },
  { there: "inet[]", here: "VARCHAR ARRAY", values: [["'{10.0.0.1,::1}'", ["10.0.0.1", "::1"]]] },
  { there: "pair", here: "VARCHAR", values: [["'(1,\"x y\")'", '(1,"x y")']] },
  { there: "int4range", here: "VARCHAR", values: [["'[1,5]'", "[1,6)"]] },
];
