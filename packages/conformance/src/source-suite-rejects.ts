/** What every source must do with records that are rejected. */

import { type Batch, type InputRejects } from "@tidemark/connector";
import { frontier as frontierOf, lessEqual, offsetAt } from "@tidemark/core";
import { expect, test } from "vitest";

import { type SourceSetup, take } from "./source-setup.ts";

/** A place with records of which some are rejected. */
export interface RejectsSetup extends SourceSetup {
  /** How many are rejected; the last record is none of them. */
  readonly rejected: number;
}

/** Adds the cases. */
export function sourceSuiteRejects(setUp: () => Promise<RejectsSetup>): void {
  test("every rejected record has its own position, below the frontier of its batch", async () => {
    await using setup = await setUp();
    const { batches } = await read(setup, "skip");
    const positions = batches.flatMap(({ errors, frontier }) =>
      errors.map(({ position }) => {
        const [partition, at] = position ?? missing();
        expect(at).toBeLessThan(offsetAt(frontier, partition));
        return `${partition} ${at}`;
      }),
    );
    expect(positions).toHaveLength(setup.rejected);
    expect(new Set(positions).size).toBe(setup.rejected);
  });

  test("with stop, a rejected record is alone in its batch, between what stands before and behind it", async () => {
    await using setup = await setUp();
    const skipped = await read(setup, "skip");
    const { batches, rows } = await read(setup, "stop");
    expect(rows).toEqual(skipped.rows);
    expect(batches.flatMap(({ errors }) => errors.map(({ position }) => position))).toEqual(
      skipped.batches.flatMap(({ errors }) => errors.map(({ position }) => position)),
    );
    for (const [index, { errors, records, changes, frontier }] of batches.entries()) {
      if (errors.length === 0) continue;
      expect(records).toBe(0);
      expect(changes.rows).toEqual([]);
      expect(errors).toHaveLength(1);
      const [partition, at] = errors[0]?.position ?? missing();
      const before = batches[index - 1]?.frontier ?? frontierOf([]);
      expect(at).toBeGreaterThanOrEqual(offsetAt(before, partition));
      expect(lessEqual(before, frontier)).toBe(true);
    }
  });

  test("with stop, resuming before a rejected record comes to it again, and behind it does not", async () => {
    await using setup = await setUp();
    const { batches } = await read(setup, "stop");
    const total = batches.reduce((sum, { records }) => sum + records, 0);
    let records = 0;
    let errors = 0;
    for (const batch of batches.slice(0, -1)) {
      records += batch.records;
      errors += batch.errors.length;
      const { incarnation, frontier, state } = batch;
      const resume = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
      await using source = await setup.open({ resume, epoch: 2, onReject: "stop" });
      const rest = await take(source, total - records);
      expect(rest.flatMap((one) => one.errors)).toHaveLength(setup.rejected - errors);
    }
  });
}

async function read(
  setup: RejectsSetup,
  onReject: InputRejects,
): Promise<{ readonly batches: readonly Batch[]; readonly rows: readonly unknown[] }> {
  await using source = await setup.open({ onReject });
  const batches = await take(source, setup.rows?.length ?? 0);
  const rows = batches.flatMap(({ changes }) => changes.rows);
  expect(rows).toEqual(setup.rows);
  return { batches, rows };
}

function missing(): never {
  throw new Error("the error has no position");
}
