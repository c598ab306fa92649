import { Buffer } from "node:buffer";

import { DuckDBInstance } from "@duckdb/node-api";
import { type Decoded } from "@tidemark/connector";
import * as fc from "fast-check";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { parquetInput } from "./parquet-input.ts";
import { tableOf } from "./test-table.ts";

/** The bytes of a file that DuckDB writes of a query. */
async function fileOf(query: string, options: string = ""): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-parquet-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, "file.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet${options})`);
  connection.closeSync();
  instance.closeSync();
  return readFile(path);
}

async function decode(columns: string, bytes: Uint8Array): Promise<Decoded> {
  const decoder = parquetInput.decoder({
    table: tableOf(`CREATE TABLE t (${columns})`),
    config: {},
  });
  decoder.push(bytes.subarray(0, 5));
  decoder.push(bytes.subarray(5));
  return decoder.finish();
}

const SECOND = 1_000_000_000n;

test("values of every type are read without loss", async () => {
  const bytes = await fileOf(`SELECT true AS b, 1::TINYINT AS i8, 4294967295::UINTEGER AS u32,
    18446744073709551615::UBIGINT AS u64, (-9223372036854775807 - 1)::BIGINT AS i64,
    12345678901234567890123456789.012345678::DECIMAL(38, 9) AS d38, -1.10::DECIMAL(5, 2) AS d5,
    0.1::FLOAT AS r, 1e300 AS x, 'äöü' AS s, '\\x00\\xFF'::BLOB AS bin, DATE '2020-03-10' AS dt,
    TIME '10:11:12.123456' AS tm, TIMESTAMP '2020-01-01 10:00:00.123456' AS us,
    TIMESTAMP_NS '2020-01-01 10:00:00.123456789' AS ns,
    UUID 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6' AS u, '{"a": 1.10}' AS v, [1, NULL, 3] AS l,
    [['a'], NULL] AS ll, {'p': 1, 'q': ['x']} AS st, MAP {'k': 1.5::DECIMAL(3, 1)} AS m`);
  const { changes, errors } = await decode(
    `b BOOLEAN, i8 TINYINT, u32 INT UNSIGNED, u64 BIGINT UNSIGNED, i64 BIGINT, d38 DECIMAL(38, 9),
     d5 DECIMAL(10, 4), r REAL, x DOUBLE, s VARCHAR, bin VARBINARY, dt DATE, tm TIME, us TIMESTAMP(6),
     ns TIMESTAMP, u UUID, v VARIANT, l INT ARRAY, ll VARCHAR ARRAY ARRAY,
     st ROW(p INT, q VARCHAR ARRAY), m MAP<VARCHAR, DECIMAL(5, 2)>`,
    bytes,
  );
  expect(errors).toEqual([]);
  expect(changes.rows).toEqual([
    [
      true,
      1,
      4_294_967_295,
      2n ** 64n - 1n,
      -(2n ** 63n),
      12_345_678_901_234_567_890_123_456_789_012_345_678n,
      -11_000n,
      Math.fround(0.1),
      1e300,
      "äöü",
      new Uint8Array([0, 255]),
      18_331,
      36_672n * SECOND + 123_456_000n,
      1_577_872_800n * SECOND + 123_456_000n,
      1_577_872_800n * SECOND + 123_456_789n,
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
      '{"a":1.10}',
      [1, null, 3],
      [["a"], null],
      [1, ["x"]],
      [["k", 150n]],
    ],
  ]);
});

test.each(["snappy", "gzip", "zstd", "brotli", "uncompressed"])(
  "rows packed by %s are read, in all row groups",
  async (codec) => {
    const bytes = await fileOf(
      "SELECT i AS A, CASE WHEN i % 3 = 0 THEN NULL ELSE 'r' || i END AS s FROM range(5000) r(i)",
      `, COMPRESSION ${codec}, ROW_GROUP_SIZE 2048`,
    );
    const { changes, records } = await decode("a BIGINT NOT NULL, s VARCHAR, other INT", bytes);
    expect(records).toBe(5000);
    expect(changes.rows[4999]).toEqual([4999n, "r4999", undefined]);
    expect(changes.rows[3]).toEqual([3n, null, undefined]);
  },
);

test("a row that does not fit is an error of its own, the others are taken", async () => {
  const bytes = await fileOf("SELECT * FROM (VALUES (1), (NULL), (300)) v(a)");
  const { changes, errors } = await decode("a TINYINT NOT NULL", bytes);
  expect(changes.rows).toEqual([[1]]);
  expect(errors.map(({ eventNumber, field }) => [eventNumber, field])).toEqual([
    [2, "a"],
    [3, "a"],
  ]);
});

test.each([
  ["a DATE", "SELECT 'x' AS a", "does not fit DATE"],
  ["a INT NOT NULL", "SELECT 1 AS b", "no column 'a'"],
  ["a INT ARRAY", "SELECT 1 AS a", "does not fit INTEGER ARRAY"],
])("a file whose columns do not fit %s is refused as a whole", async (columns, query, reason) => {
  const { changes, errors } = await decode(columns, await fileOf(query));
  expect(changes.rows).toEqual([]);
  expect(errors).toHaveLength(1);
  expect(errors[0]?.description).toContain(reason);
});

test("bytes that are no file, or a damaged one, are errors and nothing worse", async () => {
  const file = await fileOf("SELECT i, 'x' || i AS s FROM range(50) r(i)");
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
      const damaged = Buffer.from(file);
      damaged[at] = byte;
      const decoded = await decode("i BIGINT, s VARCHAR", damaged);
      expect(decoded.records + decoded.errors.length).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
  const { errors } = await decode("i BIGINT", Buffer.from("no parquet at all"));
  expect(errors[0]?.suggestion).toBe("Make sure the provided file is a valid parquet file.");
});

test("a column that differs from another only by case is found by its own name", async () => {
  const bytes = await fileOf("SELECT 1 AS \"ID\", {'F': 2} AS r");
  const { changes } = await decode('"ID" INT, id INT, r ROW("F" INT, f INT)', bytes);
  expect(changes.rows).toEqual([[1, undefined, [2, null]]]);
});
