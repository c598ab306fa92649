/** What every source that is read must do. */

import { type Batch, type Progress, type Source } from "@tidemark/connector";
import { equal, lessEqual } from "@tidemark/core";
import { describe, expect, test } from "vitest";

import { drain, type SourceSetup, take } from "./source-setup.ts";
import { type RejectsSetup, sourceSuiteRejects } from "./source-suite-rejects.ts";
import { sourceSuiteTransactions, type TransactionsSetup } from "./source-suite-transactions.ts";

/** How a source is put to the test. */
export interface SourceHarness {
  /** Sets up a place with exactly so many records. */
  readonly setUp: (records: number) => Promise<SourceSetup>;
  /** Whether input ends behind the last record, or more may come. */
  readonly ends: boolean;
  /** Sets up a place with records of which some are rejected, where it can have such. */
  readonly setUpRejects?: () => Promise<RejectsSetup>;
  /** Sets up a place that takes transactions, where it can have such. */
  readonly setUpTransactions?: () => Promise<TransactionsSetup>;
}

const RECORDS = 25;

/** Runs the suite. */
export function sourceSuite(name: string, harness: SourceHarness): void {
  const { setUp, ends, setUpRejects, setUpTransactions } = harness;
  describe(`source ${name}`, () => {
    test("all records come once, in order, each counted", async () => {
      await using setup = await setUp(RECORDS);
      const batches = await readAll(setup, {}, RECORDS);
      const rows = batches.flatMap(({ changes }) => changes.rows);
      expect(rows).toHaveLength(RECORDS);
      expect(rows).toEqual(setup.rows ?? rows);
      for (const { records, changes } of batches) expect(records).toBe(changes.rows.length);
    });

    test("the frontier only goes forward, from the start on, within one incarnation", async () => {
      await using setup = await setUp(RECORDS);
      await using source = await setup.open({});
      let last: Progress = source.start;
      for (const batch of await take(source, RECORDS)) {
        expect(batch.incarnation).toBe(last.incarnation);
        expect(lessEqual(last.frontier, batch.frontier)).toBe(true);
        expect(batch.records > 0 && equal(last.frontier, batch.frontier)).toBe(false);
        last = batch;
      }
    });

    test("resuming at any batch gives exactly the rest, to the same end", async () => {
      await using setup = await setUp(RECORDS);
      const all = await readAll(setup, {}, RECORDS);
      const rows = all.flatMap(({ changes }) => changes.rows);
      const end = all.at(-1);
      let done = 0;
      for (const { incarnation, frontier, state, records } of all) {
        done += records;
        const resume = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
        await using source = await setup.open({ resume, epoch: 2 });
        expect(source.start.incarnation).toBe(incarnation);
        expect(source.start.frontier).toEqual(frontier);
        const rest = await take(source, RECORDS - done);
        expect(rest.flatMap(({ changes }) => changes.rows)).toEqual(rows.slice(done));
        const last = rest.at(-1) ?? source.start;
        expect(equal(last.frontier, end?.frontier ?? source.start.frontier)).toBe(true);
      }
    });

    test("another life of the engine's storage is another incarnation, read from the origin", async () => {
      await using setup = await setUp(RECORDS);
      await using one = await setup.open({ life: "one" });
      await using other = await setup.open({ life: "other" });
      expect(one.start.incarnation).not.toBe(other.start.incarnation);
      expect(await take(other, RECORDS)).toHaveLength((await take(one, RECORDS)).length);
    });

    test("a replaced input is another incarnation, read from its origin", async () => {
      await using setup = await setUp(RECORDS);
      if (setup.replace === undefined) return;
      const { incarnation, frontier, state } = (await readAll(setup, {}, RECORDS)).at(-1) ?? fail();
      const resume = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
      await setup.replace();
      await using source = await setup.open({ resume, epoch: 2 });
      expect(source.start.incarnation).not.toBe(incarnation);
      const rows = (await take(source, RECORDS)).flatMap(({ changes }) => changes.rows);
      expect(rows).toHaveLength(RECORDS);
    });

    test("the head covers all that is there, and is reached by reading it", async () => {
      await using setup = await setUp(RECORDS);
      await using source = await setup.open({});
      expect(source.head !== undefined).toBe(source.tells.head);
      const signal = new AbortController().signal;
      const head = await source.head?.({ signal });
      const end = (await take(source, RECORDS)).at(-1);
      const after = await source.head?.({ signal });
      if (head === undefined || end === undefined || after === undefined) return;
      expect(head.incarnation).toBe(end.incarnation);
      expect(lessEqual(head.frontier, end.frontier)).toBe(true);
      expect(lessEqual(end.frontier, after.frontier)).toBe(true);
    });

    test("reading ends when it is aborted, also while it waits for more", async () => {
      await using setup = await setUp(RECORDS);
      await using source = await setup.open({});
      const stop = new AbortController();
      const batches = source.batches({ signal: stop.signal })[Symbol.asyncIterator]();
      await drain(batches, RECORDS);
      const next = batches.next().then(
        ({ done }) => done,
        () => true,
      );
      stop.abort(new Error("enough"));
      expect(await next).toBe(true);
    });

    if (setUpRejects !== undefined) sourceSuiteRejects(setUpRejects);
    if (setUpTransactions !== undefined) sourceSuiteTransactions(setUpTransactions);
    if (!ends) return;
    test("input ends behind the last record, also when resumed there", async () => {
      await using setup = await setUp(RECORDS);
      const all = await readToEnd(await setup.open({}));
      expect(all.reduce((sum, { records }) => sum + records, 0)).toBe(RECORDS);
      const { incarnation, frontier, state } = all.at(-1) ?? fail();
      const resume = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
      const rest = await readToEnd(await setup.open({ resume, epoch: 2 }));
      expect(rest.reduce((sum, { records }) => sum + records, 0)).toBe(0);
    });
  });
}

async function readAll(
  setup: SourceSetup,
  options: Parameters<SourceSetup["open"]>[0],
  records: number,
): Promise<readonly Batch[]> {
  await using source = await setup.open(options);
  return await take(source, records);
}

async function readToEnd(source: Source): Promise<readonly Batch[]> {
  const { signal } = new AbortController();
  const all: Batch[] = [];
  for await (const batch of source.batches({ signal })) all.push(batch);
  await source[Symbol.asyncDispose]();
  return all;
}

function fail(): never {
  throw new Error("nothing was read");
}
