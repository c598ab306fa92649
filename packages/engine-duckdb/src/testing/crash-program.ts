/** The program that the crash test runs: a bag, a keyed table, and views of both kinds with sinks. */

import { parseProgram, type Program } from "@tidemark/program";

const parsed = parseProgram(`
  CREATE TABLE t (step BIGINT, i INT) WITH ('materialized' = 'true');
  CREATE TABLE k (id BIGINT NOT NULL PRIMARY KEY, step BIGINT);
  CREATE MATERIALIZED VIEW doubled
    WITH ('connectors' = '[{"transport": {"name": "file_output", "config": {"path": "x"}}, "format": {"name": "json"}}]')
    AS SELECT step * 2 AS twice FROM t WHERE i = 0;
  CREATE MATERIALIZED VIEW totals
    WITH ('connectors' = '[{"transport": {"name": "file_output", "config": {"path": "y"}}, "format": {"name": "json"}}]')
    AS SELECT COUNT(*) AS n, MAX(step) AS last FROM t;`);
if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));

/** The program. */
export const CRASH_PROGRAM: Program = parsed.program;
