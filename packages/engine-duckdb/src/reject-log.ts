/** The reject log: where rejected records stood, and the relation that shows the latest of them. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Changes, type Reject, type RejectTotal, type StepRejects } from "@tidemark/connector";
import { connectorId, incarnation } from "@tidemark/core";
import { REJECTED_NAME } from "@tidemark/program";

import { internalTable, quoteName } from "./sql-text.ts";

/** Keeps what steps reject; all of it is part of the step's transaction. */
export interface RejectLog {
  /** The rows that appear in the relation and leave it; to be applied as the changes of a table. */
  changes(rejects: readonly StepRejects[]): Changes;
  /** Notes where the rejects stood. */
  write(rejects: readonly StepRejects[]): Promise<void>;
}

/** How many rejects a connector ever had, and the number of the oldest that is kept. */
interface Numbers {
  total: number;
  oldest: number;
}

const MOST = 2n ** 63n - 1n;

/** Prepares the log on storage that has its tables. */
export async function openRejectLog(connection: DuckDBConnection): Promise<RejectLog> {
  const insert = await connection.prepare(
    `INSERT INTO ${internalTable("rejects")}
     SELECT m.connector, m.endpoint, m.incarnation, m.partition,
       CAST(m.first AS HUGEINT), CAST(m.last AS HUGEINT), m.count
     FROM (SELECT unnest(from_json($1::JSON, '${MARK_SHAPE}')) AS m)`,
  );
  const numbers = await readNumbers(connection);
  return {
    changes: (rejects) => changesOf(rejects, numbers),
    write: async (rejects) => {
      insert.bindVarchar(1, JSON.stringify(rejects.flatMap(marksOf)));
      await insert.run();
    },
  };
}

const MARK_SHAPE = JSON.stringify([
  {
    connector: "VARCHAR",
    endpoint: "VARCHAR",
    incarnation: "VARCHAR",
    partition: "VARCHAR",
    first: "VARCHAR",
    last: "VARCHAR",
    count: "BIGINT",
  },
]);

/** How many records were rejected, by connector and incarnation. */
export async function readRejectTotals(
  connection: DuckDBConnection,
): Promise<readonly RejectTotal[]> {
  const result = await connection.runAndReadAll(
    `SELECT connector, incarnation, CAST(sum(count) AS BIGINT)
     FROM ${internalTable("rejects")} GROUP BY ALL`,
  );
  return result.getRows().map(([connector, line, count]) => ({
    connector: connectorId(String(connector)),
    incarnation: incarnation(String(line)),
    count: Number(count),
  }));
}

async function readNumbers(connection: DuckDBConnection): Promise<Map<string, Numbers>> {
  const result = await connection.runAndReadAll(
    `SELECT m.endpoint, CAST(m.total AS BIGINT), coalesce(k.oldest, m.total + 1)
     FROM (SELECT endpoint, sum(count) AS total FROM ${internalTable("rejects")} GROUP BY endpoint) m
     LEFT JOIN (
       SELECT connector, min(number) AS oldest FROM ${quoteName(REJECTED_NAME)} GROUP BY connector
     ) k ON k.connector = m.endpoint`,
  );
  return new Map(
    result
      .getRows()
      .map(([endpoint, total, oldest]) => [
        String(endpoint),
        { total: Number(total), oldest: Number(oldest) },
      ]),
  );
}

function marksOf({ connector, endpoint, incarnation: line, marks }: StepRejects): object[] {
  return marks.map(({ partition = null, first, last, count }) => ({
    connector,
    endpoint,
    incarnation: line,
    partition,
    first: String(first),
    last: String(last),
    count,
  }));
}

function changesOf(all: readonly StepRejects[], numbers: Map<string, Numbers>): Changes {
  const rows: Changes["rows"][number][] = [];
  const operations: ("insert" | "delete")[] = [];
  for (const rejects of all) {
    const { endpoint, count, latest, maxKept } = rejects;
    const own = numbers.get(endpoint) ?? { total: 0, oldest: 1 };
    numbers.set(endpoint, own);
    const before = own.total;
    own.total += count;
    const oldest = Math.max(own.oldest, own.total - maxKept + 1);
    for (let number = own.oldest; number < Math.min(oldest, before + 1); number += 1) {
      rows.push(keyOf(endpoint, number));
      operations.push("delete");
    }
    own.oldest = oldest;
    const first = own.total - latest.length + 1;
    for (const [i, reject] of latest.entries()) {
      rows.push(rowOf(rejects, first + i, reject));
      operations.push("insert");
    }
  }
  return { rows, operations };
}

function keyOf(endpoint: string, number: number): Changes["rows"][number] {
  return [endpoint, BigInt(number), ...Array.from({ length: 7 }, () => undefined)];
}

/** By the columns of the relation. */
function rowOf(
  { endpoint, incarnation: line }: StepRejects,
  number: number,
  { partition, offset, atMs, error, field, record }: Reject,
): Changes["rows"][number] {
  const shown = offset !== undefined && offset > MOST ? MOST : (offset ?? null);
  const at = BigInt(Math.trunc(atMs)) * 1_000_000n;
  return [endpoint, BigInt(number), line, partition ?? null, shown, at, error, field, record];
}
