/** Receipts of a real PostgreSQL, and where they stand in its transactions. */

import { type Progress } from "@tidemark/connector";
import { lessEqual } from "@tidemark/core";
import { type OwnDatabase, withPostgres } from "@tidemark/systems";
import { Client } from "pg";
import { expect, test } from "vitest";

import { Following, following, openSource, tableOf } from "./testing/opening.ts";
import { published } from "./testing/published.ts";

const { signal } = new AbortController();
const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const LSN = "SELECT pg_current_wal_insert_lsn()::text AS lsn";

async function opened(database: OwnDatabase): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return client;
}

async function lsnNow(client: Pick<Client, "query">): Promise<string> {
  const { rows } = await client.query<{ readonly lsn: string }>(LSN);
  return rows[0]?.lsn ?? "";
}

async function claimed(begun: Following, receipt: string): Promise<Progress> {
  const progress = await begun.source.receipt?.(receipt, { signal });
  if (progress === undefined) throw new TypeError("the source takes receipts");
  return progress;
}

withPostgres((database) => {
  test("P17: an LSN taken before COMMIT covers the transaction, once that has ended", async () => {
    const { name, config } = await published(database());
    await using begun = await following(KEYED, config);
    const writer = await opened(database());
    await writer.query(`BEGIN; INSERT INTO ${name} VALUES (1, 'late')`);
    const receipt = await lsnNow(writer);
    await database().query(`INSERT INTO ${name} VALUES (2, 'meanwhile')`);
    const issuing = claimed(begun, receipt);
    await writer.query("COMMIT");
    const claim = await issuing;
    await writer.end();
    const seen = await begun.until(({ frontier }) => lessEqual(claim.frontier, frontier));
    expect(seen.map(([, [id]]) => id)).toEqual([2n, 1n]);
    const again = await claimed(begun, receipt);
    expect(lessEqual(claim.frontier, again.frontier)).toBe(true);
  });

  test("P17: an LSN of a transaction that ended before the token is issued covers it as well", async () => {
    const { name, config } = await published(database());
    await using begun = await following(KEYED, config);
    const writer = await opened(database());
    await writer.query(`BEGIN; INSERT INTO ${name} VALUES (1, 'late')`);
    const receipt = await lsnNow(writer);
    await database().query(`INSERT INTO ${name} VALUES (2, 'meanwhile')`);
    await writer.query("COMMIT");
    await writer.end();
    const claim = await claimed(begun, receipt);
    const seen = await begun.until(({ frontier }) => lessEqual(claim.frontier, frontier));
    expect(seen.map(([, [id]]) => id)).toEqual([2n, 1n]);
  });

  test("P17: while a transaction that wrote to the table stays open, no plain receipt is accepted, and who it is is said", async () => {
    const { name, config } = await published(database());
    await using begun = await following(KEYED, config);
    const writer = await opened(database());
    const before = await lsnNow(writer);
    await writer.query(`BEGIN; INSERT INTO ${name} VALUES (1, 'late')`);
    const receipt = await lsnNow(writer);
    await expect(claimed(begun, receipt)).rejects.toThrow(
      /process \d+ has written to .* not ended its transaction.*commit:LSN/su,
    );
    const claim = await claimed(begun, `commit:${before}`);
    await writer.query("ROLLBACK");
    await writer.end();
    expect(claim.incarnation).toBe(begun.source.start.incarnation);
  });

  test("P18: changes of one transaction, which share its end, are never in two batches", async () => {
    const { name, config } = await published(database());
    await using begun = await following(KEYED, config);
    for (const [at, rows] of [3, 30_000, 1].entries()) {
      await database().query(
        `INSERT INTO ${name} SELECT i, 'x' FROM generate_series(${at * 100_000}, ${at * 100_000 + rows - 1}) i`,
      );
    }
    const sizes: number[] = [];
    while (sizes.reduce((sum, size) => sum + size, 0) < 30_004) {
      const batch = await begun.next();
      const wholes = new Set(batch.changes.rows.map(([id]) => (Number(id) / 100_000) | 0));
      sizes.push(batch.changes.rows.length);
      expect(batch.changes.rows).toHaveLength(
        [...wholes].reduce((sum, at) => sum + ([3, 30_000, 1][at] ?? 0), 0),
      );
      begun.commit(batch);
    }
  });

  test("P19: a write that changes no row has a receipt that is reached", async () => {
    const { name, config } = await published(database(), { rows: 1 });
    await using begun = await following(KEYED, config);
    const writer = await opened(database());
    await writer.query(`UPDATE ${name} SET name = 'x' WHERE id = -1`);
    await writer.query("BEGIN; SELECT pg_current_xact_id(); COMMIT");
    const claim = await claimed(begun, await lsnNow(writer));
    await writer.end();
    expect(await begun.until(({ frontier }) => lessEqual(claim.frontier, frontier))).toEqual([]);
  });

  test("P20: a receipt older than the slot is covered by the copy, which holds its write", async () => {
    const { name, config } = await published(database());
    const writer = await opened(database());
    await writer.query(`INSERT INTO ${name} VALUES (1, 'before the slot')`);
    const receipt = await lsnNow(writer);
    await writer.query(`INSERT INTO ${name} VALUES (2, 'x')`);
    await writer.end();
    await using begun = new Following(await openSource({ table: KEYED, config }));
    const claim = await claimed(begun, `commit:${receipt}`);
    expect(lessEqual(claim.frontier, begun.last.frontier)).toBe(false);
    const seen = await begun.until(({ frontier }) => lessEqual(claim.frontier, frontier));
    expect(seen.map(([, [id]]) => id)).toEqual([1n, 2n]);
  });
});
