/** Cases of the methods that query. */

import { type MethodCase } from "./method-case.ts";

/** What is asked, what the service is asked for, what comes back. */
export const QUERY_CASES: readonly MethodCase[] = [
  {
    method: "QueryService/Query",
    request: { pipeline: "p", sql: "SELECT 1" },
    asked: ["query", { pipeline: "p", sql: "SELECT 1" }, {}],
    answers: [
      { columns: ["i"], rows: [] },
      { columns: [], rows: ['[1,"1"]', '[1,"2"]'] },
    ],
  },
  {
    method: "QueryService/Query",
    request: {
      pipeline: "p",
      sql: "SELECT 1",
      format: "QUERY_FORMAT_PARQUET",
      after: ["ct1_a", "ct1_b"],
      timeout: { seconds: "2", nanos: 500_000_000 },
    },
    asked: [
      "query",
      {
        pipeline: "p",
        sql: "SELECT 1",
        after: { tokens: ["ct1_a", "ct1_b"], timeoutMs: 2500 },
      },
      {},
    ],
    answers: [
      { columns: ["i"], rows: [], data: "" },
      { columns: [], rows: [], data: Buffer.from("parquet:").toString("base64") },
      { columns: [], rows: [], data: Buffer.from("1,2").toString("base64") },
    ],
  },
  {
    method: "QueryService/QueryOnce",
    request: { pipeline: "p", sql: "SELECT 1" },
    asked: ["query", { pipeline: "p", sql: "SELECT 1" }, {}],
    answers: [{ columns: ["i"], rows: ['[1,"1"]', '[1,"2"]'] }],
  },
];
