/** Queries: every face answers the same value in the same words. */

import { expect, test } from "vitest";

import { type ApiFace, valueOf } from "./api-face.ts";
import { deployed } from "./api-pipeline.ts";

const PROGRAM = `
CREATE TABLE t (at TIMESTAMP, us TIMESTAMP(3), d DATE, v VARIANT, m MAP<TIMESTAMP, INT>, f DOUBLE)
  WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW w AS SELECT ROW(1, 'a') AS r, COUNT(*) FROM t;
`;
const ROW = {
  at: "2024-02-25 12:12:33.5",
  us: "2024-02-25 12:12:33",
  d: "2024-02-25",
  v: { a: [1, null] },
  m: { "2024-02-25 12:12:33": 1 },
  f: 1.5,
};

/** What a row of a query looks like. */
export function queryCases(face: () => ApiFace): void {
  test("timestamps are as in ISO 8601, a VARIANT is its JSON in a text, and no two names are the same", async () => {
    await using pipeline = await deployed(face(), PROGRAM);
    const { name } = pipeline;
    const push = {
      pipeline: name,
      table: "t",
      format: "json",
      body: JSON.stringify({ insert: ROW }),
    };
    const tokens = [valueOf(await face().ingest(push))];
    const rowsOf = async (sql: string): Promise<readonly unknown[]> =>
      valueOf(await face().query(name, sql, { tokens, seconds: 60 }));
    expect(await rowsOf("SELECT * FROM t")).toEqual([
      {
        at: "2024-02-25T12:12:33.5",
        us: "2024-02-25T12:12:33",
        d: "2024-02-25",
        v: '{"a":[1,null]}',
        m: { "2024-02-25T12:12:33": 1 },
        f: 1.5,
      },
    ]);
    expect(await rowsOf("SELECT * FROM w")).toEqual([{ r: { EXPR$0: 1, EXPR$1: "a" }, EXPR$1: 1 }]);
    expect(await rowsOf("SELECT 1 AS a, 2 AS a, 'NaN'::DOUBLE AS n, chr(0) AS z FROM t")).toEqual([
      { a: 1, a_1: 2, n: null, z: "\u0000" },
    ]);
  });
}
