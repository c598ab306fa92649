/** Changes of a real PostgreSQL database. */

import { type Row } from "@tidemark/connector";
import { sourceSuite, type WrittenTransaction } from "@tidemark/conformance";
import { lessEqual } from "@tidemark/core";
import { type Database, dropSlot, recreateSlot, withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { covering, Following, openSource, tableOf } from "./testing/opening.ts";
import { published } from "./testing/published.ts";

const { signal } = new AbortController();
const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const BAG = tableOf("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR)");

const MANY = 20_000;

/** Small and large transactions, some of them rolled back. */
async function writeTransactions(
  database: Database,
  table: string,
): Promise<readonly WrittenTransaction[]> {
  const written: WrittenTransaction[] = [];
  let first = 2;
  for (const [index, count] of [3, 1, MANY, 2, 400, 1].entries()) {
    const outcome = index % 3 === 1 ? "aborted" : "committed";
    const end = outcome === "committed" ? "COMMIT" : "ROLLBACK";
    const middle = first + Math.floor(count / 2);
    await database.query(`BEGIN;
      INSERT INTO ${table} SELECT i, 'first' FROM generate_series(${first}, ${middle - 1}) i;
      INSERT INTO ${table} SELECT i, 'second' FROM generate_series(${middle}, ${first + count - 1}) i;
      ${end}`);
    const from = first;
    const rows = Array.from({ length: count }, (_, i): Row => [
      BigInt(from + i),
      from + i < middle ? "first" : "second",
    ]);
    written.push({ rows, outcome });
    first += count;
  }
  return written;
}

withPostgres((database) => {
  sourceSuite("postgres_cdc_input", {
    ends: false,
    setUpTransactions: async () => {
      const { name, config } = await published(database(), { rows: 1 });
      return {
        keepsWhole: true,
        rows: [[1n, "row 1"]],
        open: (options) => openSource({ table: KEYED, config, ...options }),
        write: () => writeTransactions(database(), name),
        [Symbol.asyncDispose]: async () => {
          await dropSlot(database(), String(config["slot"]));
          await database().query(`DROP TABLE ${name} CASCADE`);
        },
      };
    },
    setUp: async (records) => {
      const { name, config } = await published(database(), { rows: records });
      const { slot: _, ...unnamed } = config;
      const rows = Array.from({ length: records }, (_row, i): Row => [
        BigInt(i + 1),
        `row ${i + 1}`,
      ]);
      return {
        rows,
        open: (options) => openSource({ table: KEYED, config: unnamed, ...options }),
        [Symbol.asyncDispose]: async () => {
          const slots = await database().query(
            "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'tidemark_%'",
          );
          for (const row of slots) await dropSlot(database(), String(row["slot_name"]));
          await database().query(`DROP TABLE ${name} CASCADE`);
        },
      };
    },
  });

  describe("changes", () => {
    test("rows of before come first, then every change once, in the order of commits", async () => {
      const { name, config } = await published(database(), { rows: 2 });
      await using following = new Following(await openSource({ table: KEYED, config }));
      expect(await following.until(await covering(following))).toEqual([
        ["insert", [1n, "row 1"]],
        ["insert", [2n, "row 2"]],
      ]);
      await database().query(`INSERT INTO ${name} VALUES (3, 'new')`);
      await database().query(`UPDATE ${name} SET name = NULL WHERE id = 1`);
      await database().query(`UPDATE ${name} SET id = 7 WHERE id = 2`);
      await database().query(`DELETE FROM ${name} WHERE id = 3`);
      expect(await following.until(await covering(following))).toEqual([
        ["insert", [3n, "new"]],
        ["insert", [1n, null]],
        ["delete", [2n, undefined]],
        ["insert", [7n, "row 2"]],
        ["delete", [3n, undefined]],
      ]);
    });

    test("a table without a key gives the whole row before every change", async () => {
      const { name, config } = await published(database(), { key: false, rows: 1 });
      await using following = new Following(await openSource({ table: BAG, config }));
      await following.until(await covering(following));
      await database().query(`UPDATE ${name} SET name = 'x'`);
      await database().query(`DELETE FROM ${name}`);
      expect(await following.until(await covering(following))).toEqual([
        ["delete", [1n, "row 1"]],
        ["insert", [1n, "x"]],
        ["delete", [1n, "x"]],
      ]);
    });

    test("transactions come whole, also large ones, and rolled back ones not at all", async () => {
      const { name, config } = await published(database());
      await using following = new Following(await openSource({ table: KEYED, config }));
      await following.until(await covering(following));
      await database().query(`INSERT INTO ${name} SELECT i, 'x' FROM generate_series(1, 50000) i`);
      await database().query(
        `DO $$ BEGIN INSERT INTO ${name} VALUES (0, 'x'); RAISE division_by_zero; EXCEPTION WHEN others THEN NULL; END $$`,
      );
      const covers = await covering(following);
      let rows = 0;
      while (!covers(following.last)) {
        const batch = await following.next();
        expect([0, 50_000]).toContain(batch.records);
        rows += batch.records;
        following.commit(batch);
      }
      expect(rows).toBe(50_000);
    });

    test("P6: what is not committed is given again after a crash, what is committed never", async () => {
      const { name, config } = await published(database());
      const first = new Following(await openSource({ table: KEYED, config }));
      await first.until(await covering(first));
      await database().query(`INSERT INTO ${name} VALUES (1, 'committed')`);
      await first.until(await covering(first));
      await database().query(`INSERT INTO ${name} VALUES (2, 'lost in the crash')`);
      for (let records = 0; records === 0;) ({ records } = await first.next());
      await first[Symbol.asyncDispose]();
      const resume = first.last;
      await using second = new Following(
        await openSource({ table: KEYED, config, resume, epoch: 2 }),
      );
      expect(second.source.start).toEqual(resume);
      expect(await second.until(await covering(second))).toEqual([
        ["insert", [2n, "lost in the crash"]],
      ]);
    });

    test("what a commit held when the slot was not told of it yet is not given again", async () => {
      const { name, config } = await published(database());
      const first = new Following(await openSource({ table: KEYED, config }));
      await first.until(await covering(first));
      await database().query(`INSERT INTO ${name} VALUES (1, 'committed')`);
      let batch = await first.next();
      while (batch.records === 0) batch = await first.next();
      await first[Symbol.asyncDispose]();
      const { incarnation, frontier } = batch;
      const resume = { incarnation, frontier };
      await using second = new Following(
        await openSource({ table: KEYED, config, resume, epoch: 2 }),
      );
      await database().query(`INSERT INTO ${name} VALUES (2, 'later')`);
      expect(await second.until(await covering(second))).toEqual([["insert", [2n, "later"]]]);
    });

    test("P1: a token for the log's end is reached although the table is idle and the cluster busy", async () => {
      const { config } = await published(database());
      await database().query("CREATE TABLE IF NOT EXISTS elsewhere (x int)");
      await using following = new Following(await openSource({ table: KEYED, config }));
      await following.until(await covering(following));
      for (let i = 0; i < 3; i += 1) {
        await database().query("INSERT INTO elsewhere SELECT generate_series(1, 1000)");
        expect(await following.until(await covering(following))).toEqual([]);
      }
    });

    test("P2: the slot is told only what a commit holds", async () => {
      const { name, config } = await published(database());
      await using following = new Following(await openSource({ table: KEYED, config }));
      await following.until(await covering(following));
      await database().query(`INSERT INTO ${name} VALUES (1, 'x')`);
      const batch = await following.next();
      const told = async (): Promise<unknown> =>
        (
          await database().query(
            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1",
            [config["slot"]],
          )
        )[0]?.["confirmed_flush_lsn"];
      const before = await told();
      expect(await told()).toBe(before);
      following.commit(batch);
      await database().query(`INSERT INTO ${name} VALUES (2, 'y')`);
      await following.until(await covering(following));
      expect(await told()).not.toBe(before);
    });

    test("P5: what was committed before a receipt was taken is covered by it", async () => {
      const { name, config } = await published(database());
      await using following = new Following(await openSource({ table: KEYED, config }));
      await following.until(await covering(following));
      await database().query(`INSERT INTO ${name} VALUES (1, 'mine')`);
      const [row] = await database().query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
      const receipt = await following.source.receipt?.(String(row?.["lsn"]), { signal });
      if (receipt === undefined) throw new TypeError("the source takes receipts");
      const seen = await following.until(({ frontier }) => lessEqual(receipt.frontier, frontier));
      expect(seen).toEqual([["insert", [1n, "mine"]]]);
      await expect(following.source.receipt?.("F/0", { signal })).rejects.toMatchObject({
        kind: "beyond-head",
      });
      await expect(following.source.receipt?.("nonsense", { signal })).rejects.toMatchObject({
        kind: "malformed",
      });
    });
  });

  describe("lost", () => {
    test.each(["dropped", "made anew"])(
      "P4: a slot that was %s while nobody read loses what was not taken, and says what to do",
      async (what) => {
        const { name, config } = await published(database());
        const slot = String(config["slot"]);
        const first = new Following(await openSource({ table: KEYED, config }));
        await first.until(await covering(first));
        await first[Symbol.asyncDispose]();
        await database().query(`INSERT INTO ${name} VALUES (1, 'never seen')`);
        if (what === "dropped") await dropSlot(database(), slot);
        else await recreateSlot(database(), slot);
        const resume = first.last;
        await using second = new Following(
          await openSource({ table: KEYED, config, resume, epoch: 2 }),
        );
        expect(second.source.start.incarnation).not.toBe(resume.incarnation);
        await expect(second.next()).rejects.toThrow("clear the pipeline's storage");
      },
    );

    test("P4: a slot that is dropped while it is read ends its number line, and says what to do", async () => {
      const { config } = await published(database());
      await using following = new Following(await openSource({ table: KEYED, config }));
      await following.until(await covering(following));
      await dropSlot(database(), String(config["slot"]));
      await following.untilLost();
      await expect(following.next()).rejects.toThrow("clear the pipeline's storage");
    });
  });

  describe("refused", () => {
    test("what the operator must mend is said at the start, with what would be right", async () => {
      const { name, config } = await published(database());
      const opened = (other: Readonly<Record<string, string>>): Promise<unknown> =>
        openSource({ table: KEYED, config: { ...config, ...other } });
      const wrong = new URL(database().url);
      wrong.password = "not-the-password";
      await expect(opened({ uri: wrong.href })).rejects.toThrow(/refused the password/u);
      await expect(opened({ uri: wrong.href })).rejects.not.toThrow(/not-the-password/u);
      wrong.port = "1";
      await expect(opened({ uri: wrong.href })).rejects.toThrow("nothing listens there");
      await expect(opened({ uri: "mysql://x" })).rejects.toThrow("postgres://user:password@host");
      await expect(opened({ source_table: "public.none" })).rejects.toThrow("'public.none'");
      await expect(opened({ publication: "none" })).rejects.toThrow(
        "CREATE PUBLICATION none FOR TABLE public.",
      );
      await database().query(`CREATE TABLE other_${name} (id bigint PRIMARY KEY)`);
      await expect(opened({ source_table: `public.other_${name}` })).rejects.toThrow("ADD TABLE");
      await expect(opened({ slot: "Not A Slot" })).rejects.toThrow("lower-case letters");
    });

    test("a table whose changes don't say which row they are about is refused", async () => {
      const { name, config } = await published(database());
      await expect(openSource({ table: BAG, config })).rejects.toThrow("REPLICA IDENTITY FULL");
      await database().query(`ALTER TABLE ${name} REPLICA IDENTITY NOTHING`);
      await expect(openSource({ table: KEYED, config })).rejects.toThrow("no replica identity");
    });
  });
});
