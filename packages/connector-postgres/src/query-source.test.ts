/** Queries on a real PostgreSQL. */

import { SYSTEM_CLOCK } from "@tidemark/connector";
import { sourceSuite, take } from "@tidemark/conformance";
import { withPostgres } from "@tidemark/systems";
import { expect, test } from "vitest";

import { postgresInput } from "./query-source.ts";
import { openSource, tableOf } from "./testing/opening.ts";

const factory = postgresInput(SYSTEM_CLOCK);
const TABLE = tableOf("CREATE TABLE t (id BIGINT NOT NULL)");

withPostgres((database) => {
  sourceSuite("postgres_input", {
    ends: true,
    setUp: async (records) => {
      const query = `SELECT i AS id FROM generate_series(1, ${records}) i ORDER BY i`;
      const config = { uri: database().url, query };
      return {
        rows: Array.from({ length: records }, (_, i) => [BigInt(i + 1)]),
        open: (options) => openSource({ table: TABLE, config, factory, ...options }),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  });

  test("values of every type come as they are", async () => {
    const table = tableOf(
      `CREATE TABLE t (b BOOLEAN, i INT, n BIGINT, d DECIMAL(30, 4), f DOUBLE, s VARCHAR, x VARBINARY,
         da DATE, ti TIME, ts TIMESTAMP, u UUID, v VARIANT, a INT ARRAY, sa VARCHAR ARRAY)`,
    );
    const query = `SELECT true AS b, -1 AS i, 9007199254740993 AS n,
      12345678901234567890.1234::numeric AS d, 0.1::float8 AS f, E'a"b\\n{' AS s, '\\x00ff'::bytea AS x,
      date '2024-02-29' AS da, time '12:34:56.789' AS ti, timestamptz '2024-01-01 00:00:00.25+02' AS ts,
      '00000000-0000-7000-8000-0000000000ff'::uuid AS u, '{"k": [1, null]}'::jsonb AS v,
      ARRAY[1, NULL, 3] AS a, ARRAY['x,y', '"', NULL, 'NULL'] AS sa`;
    await using source = await openSource({
      table,
      config: { uri: database().url, query },
      factory,
    });
    const [batch] = await take(source, 1);
    expect(batch?.errors).toEqual([]);
    const [row = []] = batch?.changes.rows ?? [];
    expect(row.slice(0, 6)).toEqual([
      true,
      -1,
      9_007_199_254_740_993n,
      123_456_789_012_345_678_901_234n,
      0.1,
      'a"b\n{',
    ]);
    expect(row[6]).toEqual(new Uint8Array([0, 255]));
    expect(row.slice(7, 11)).toEqual([
      19_782,
      45_296_789_000_000n,
      1_704_060_000_250_000_000n,
      "00000000-0000-7000-8000-0000000000ff",
    ]);
    expect(JSON.parse(String(row[11]))).toEqual({ k: [1, null] });
    expect(row.slice(12)).toEqual([
      [1, null, 3],
      ["x,y", '"', null, "NULL"],
    ]);
  });

  test("a query that is wrong is said at the start, in the database's words", async () => {
    const config = { uri: database().url, query: "SELECT nothing FROM nowhere" };
    await expect(openSource({ table: TABLE, config, factory })).rejects.toThrow(
      /'query' is refused .* relation "nowhere" does not exist/u,
    );
  });
});
