/** What every source must do with transactions of what it reads. */

import { type Batch, type Row } from "@tidemark/connector";
import { expect, test } from "vitest";

import { drain, type SourceSetup, take } from "./source-setup.ts";

/** A transaction that a writer has written. */
export interface WrittenTransaction {
  readonly rows: readonly Row[];
  readonly outcome: "committed" | "aborted" | "open";
}

/** A place with some rows that takes transactions. */
export interface TransactionsSetup extends SourceSetup {
  /** Whether no batch may hold a part of one, so that no step does; else a batch may end inside of one. */
  readonly keepsWhole: boolean;
  readonly rows: readonly Row[];
  /** Writes the transactions, in the order of their commits; called once a source has given the rows. */
  write(): Promise<readonly WrittenTransaction[]>;
}

/** Adds the cases. */
export function sourceSuiteTransactions(setUp: () => Promise<TransactionsSetup>): void {
  test("of a transaction all rows come or none: those of committed ones once, of others never", async () => {
    await using setup = await setUp();
    const { committed, batches } = await written(setup);
    expect(batches.flatMap(({ changes }) => changes.rows)).toEqual(committed.flat());
  });

  test("no batch splits a transaction, and none that is read again from a batch on does", async () => {
    await using setup = await setUp();
    if (!setup.keepsWhole) return;
    const { committed, batches } = await written(setup);
    expect(batches.map(({ changes }) => partOf(committed, changes.rows))).not.toContain("a part");
    for (const [index, { incarnation, frontier, state }] of batches.entries()) {
      const resume = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
      const rest = batches.slice(index + 1).flatMap(({ changes }) => changes.rows);
      await using again = await setup.open({ resume, epoch: 2 });
      const taken = await take(again, rest.length);
      expect(taken.flatMap(({ changes }) => changes.rows)).toEqual(rest);
      expect(taken.map(({ changes }) => partOf(committed, changes.rows))).not.toContain("a part");
    }
  });
}

/** The rows of the committed transactions, and what a source that was read meanwhile gives. */
async function written(setup: TransactionsSetup): Promise<{
  readonly committed: readonly (readonly Row[])[];
  readonly batches: readonly Batch[];
}> {
  await using source = await setup.open({});
  const stop = new AbortController();
  const reading = source.batches({ signal: stop.signal })[Symbol.asyncIterator]();
  await drain(reading, setup.rows.length);
  const transactions = await setup.write();
  const committed = transactions
    .filter(({ outcome }) => outcome === "committed")
    .map(({ rows }) => rows);
  const batches = await drain(reading, committed.flat().length);
  stop.abort(new Error("enough"));
  await reading.return?.().catch(() => undefined);
  return { committed, batches };
}

/** Whether rows are those of whole transactions that follow each other. */
function partOf(
  transactions: readonly (readonly Row[])[],
  rows: readonly Row[],
): "whole" | "a part" {
  if (rows.length === 0) return "whole";
  const first = transactions.findIndex(([row]) => shown(row) === shown(rows[0]));
  let left = rows.length;
  for (const transaction of first === -1 ? [] : transactions.slice(first)) {
    left -= transaction.length;
    if (left <= 0) break;
  }
  return left === 0 ? "whole" : "a part";
}

function shown(row: Row | undefined): string {
  return row === undefined ? "" : row.map(String).join();
}
