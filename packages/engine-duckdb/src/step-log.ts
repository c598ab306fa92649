/** The step log: what every commit keeps besides rows, and what an engine recovers from it. */

import { type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import { type Ended, type Recovered } from "@tidemark/connector";
import { connectorId, incarnation } from "@tidemark/core";

import { readKeyedBodies } from "./keyed-bodies.ts";
import { readRejectTotals } from "./reject-log.ts";
import { internalTable } from "./sql-text.ts";
import { decodeStep, encodeStep, type StepRecord } from "./step-record.ts";
import { decodeFrontier, encodeFrontier } from "./stored-progress.ts";

/** Records steps. */
export interface StepLog {
  /** Adds a step's record; part of the step's transaction. */
  write(record: StepRecord, ended: readonly Ended[]): Promise<void>;
}

/** So many records are removed together. */
const PRUNE_EVERY = 256n;

/** Prepares the log. */
export async function openStepLog(connection: DuckDBConnection): Promise<StepLog> {
  const insert = await connection.prepare(`INSERT INTO ${internalTable("steps")} VALUES ($1)`);
  return {
    write: async (record, ended) => {
      insert.bindVarchar(1, encodeStep(record));
      await insert.run();
      for (const each of ended) await writeEnded(connection, each);
      if (record.step % PRUNE_EVERY === 0n) await prune(connection, record);
    },
  };
}

/** Reads what the last commit left. */
export async function recover(
  connection: DuckDBConnection,
): Promise<Recovered & { readonly deliveredStep: bigint }> {
  const result = await connection.runAndReadAll(`SELECT record FROM ${internalTable("steps")}`);
  const records = result
    .getRows()
    .map(([text]) => decodeStep(String(text)))
    .toSorted((a, b) => (a.step < b.step ? -1 : 1));
  const last = records.at(-1);
  const deliveredStep = last?.deliveredStep ?? 0n;
  return {
    step: last?.step ?? 0n,
    deliveredStep,
    progress: last?.progress ?? new Map(),
    ended: await readEnded(connection),
    keyed: await readKeyedBodies(connection),
    rejects: await readRejectTotals(connection),
    undelivered: records
      .filter(({ step }) => step >= deliveredStep)
      .map(({ step, progress, changedViews }) => ({ step, progress, changedViews })),
  };
}

/** Removes records of steps before the delivered one, never the last. */
async function prune(connection: DuckDBConnection, last: StepRecord): Promise<void> {
  const statement: DuckDBPreparedStatement = await connection.prepare(
    `DELETE FROM ${internalTable("steps")}
     WHERE CAST(json_extract_string(record, '$.step') AS BIGINT) < least($1::BIGINT, $2::BIGINT)`,
  );
  statement.bindBigInt(1, last.deliveredStep);
  statement.bindBigInt(2, last.step);
  await statement.run();
  statement.destroySync();
}

async function writeEnded(connection: DuckDBConnection, ended: Ended): Promise<void> {
  await connection.run(`INSERT INTO ${internalTable("ended")} VALUES ($1, $2, $3)`, [
    ended.connector,
    ended.incarnation,
    encodeFrontier(ended.finalFrontier),
  ]);
}

async function readEnded(connection: DuckDBConnection): Promise<readonly Ended[]> {
  const result = await connection.runAndReadAll(
    `SELECT connector, incarnation, frontier FROM ${internalTable("ended")} ORDER BY rowid`,
  );
  return result.getRows().map(([connector, ended, frontier]) => ({
    connector: connectorId(String(connector)),
    incarnation: incarnation(String(ended)),
    finalFrontier: decodeFrontier(String(frontier)),
  }));
}
