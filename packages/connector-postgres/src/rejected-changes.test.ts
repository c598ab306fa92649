/** Rows that do not fit, in the copy and in changes, on a real PostgreSQL. */

import { type Batch, type RecordError, type Row, SYSTEM_CLOCK } from "@tidemark/connector";
import { type OwnDatabase, withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { postgresCdcInput } from "./cdc-source.ts";
import { lsnAt, lsnOf } from "./lsn.ts";
import { covering, Following, openSource, tableOf } from "./testing/opening.ts";
import { configured } from "./testing/published.ts";

const { signal } = new AbortController();
const HERE = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, v DECIMAL(10, 2))");
const BAG = tableOf("CREATE TABLE t (id BIGINT NOT NULL, v DECIMAL(10, 2))");

/** A published table whose numbers may be what none of ours can hold. */
async function numbers(
  database: OwnDatabase,
  name: string,
  { identity = "DEFAULT", rows = "" } = {},
): Promise<Readonly<Record<string, string>>> {
  await database.query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, v numeric)`);
  await database.query(`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`);
  if (rows !== "") await database.query(`INSERT INTO ${name} VALUES ${rows}`);
  await database.query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
  return configured(database, name);
}

/** Batches up to the source's end as it is now. */
async function batchesOf(following: Following): Promise<readonly Batch[]> {
  const covers = await covering(following);
  const batches: Batch[] = [];
  while (!covers(following.last)) {
    const batch = await following.next();
    following.commit(batch);
    if (batch.records > 0 || batch.errors.length > 0) batches.push(batch);
  }
  return batches;
}

function changesIn(batches: readonly Batch[]): readonly (readonly [string, Row])[] {
  return batches.flatMap(({ changes: { rows, operations } }) =>
    rows.map((row, at) => [operations?.[at] ?? "insert", row] as const),
  );
}

function errorsIn(batches: readonly Batch[]): readonly RecordError[] {
  return batches.flatMap(({ errors }) => errors);
}

withPostgres((database) => {
  test("P16: a change stream stops at what does not fit, where its connector does not say otherwise", () => {
    expect(postgresCdcInput(SYSTEM_CLOCK).onReject).toBe("stop");
  });

  test("P16: with stop, a transaction with a change that does not fit is a batch of its own", async () => {
    const config = await numbers(database(), "apart");
    await using following = new Following(await openSource({ table: HERE, config }));
    await batchesOf(following);
    const begun = lsnAt(following.last.frontier);
    await database().query("INSERT INTO apart VALUES (1, 1.5), (2, 2.5)");
    await database().query("INSERT INTO apart VALUES (3, 3.5)");
    await database().query(
      "BEGIN; INSERT INTO apart VALUES (4, 4); UPDATE apart SET v = 'NaN' WHERE id = 2; COMMIT",
    );
    const [now] = await database().query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
    await database().query("INSERT INTO apart VALUES (5, 5.5)");
    const batches = await batchesOf(following);
    const bad = batches.findIndex(({ errors }) => errors.length > 0);
    expect(changesIn(batches.slice(0, bad))).toHaveLength(3);
    expect(changesIn(batches.slice(bad, bad + 1))).toEqual([["insert", [4n, 400n]]]);
    expect(changesIn(batches.slice(bad + 1))).toEqual([["insert", [5n, 550n]]]);
    const [error] = errorsIn(batches);
    expect(error).toMatchObject({
      description:
        "a row of the source table 'public.apart' (id=2) does not fit: error parsing field 'v': invalid value: string \"NaN\", expected a decimal number",
      field: "v",
      invalidText: '{"insert":{"id":2,"v":"NaN"}}',
      eventNumber: 2,
    });
    const [partition, at] = error?.position ?? [];
    expect(partition).toBe("wal");
    const before = batches[bad - 1]?.frontier ?? following.source.start.frontier;
    // What came before is covered without it, and every claim on the transaction covers it.
    expect(at).toBe(lsnAt(before));
    expect(at).toBeGreaterThan(begun);
    const receipt = await following.source.receipt?.(String(now?.["lsn"]), { signal });
    expect(at).toBeLessThan(lsnAt(receipt?.frontier ?? before));
    expect(lsnAt(receipt?.frontier ?? before)).toBeGreaterThanOrEqual(lsnOf(now?.["lsn"]));
  });

  test("P16: with stop, a transaction that does not fit is given again until it is passed", async () => {
    const config = await numbers(database(), "again");
    const first = new Following(await openSource({ table: HERE, config }));
    await batchesOf(first);
    await database().query("INSERT INTO again VALUES (1, 'NaN')");
    let batch = await first.next();
    for (; batch.errors.length === 0; batch = await first.next()) first.commit(batch);
    await first[Symbol.asyncDispose]();
    const resume = first.last;
    await using second = new Following(await openSource({ table: HERE, config, resume, epoch: 2 }));
    const [given] = errorsIn(await batchesOf(second));
    expect(given?.position).toEqual(batch.errors[0]?.position);
  });

  describe.each(["DEFAULT", "FULL"])("with skip, and REPLICA IDENTITY %s", (identity) => {
    test("P16: the old row stays where its key does, and goes where its key goes; both are counted", async () => {
      const name = `skipped_${identity.toLowerCase()}`;
      const config = await numbers(database(), name, { identity, rows: "(1, 1.5), (2, 2.5)" });
      await using following = new Following(
        await openSource({ table: HERE, config, onReject: "skip" }),
      );
      await batchesOf(following);
      await database().query(
        `BEGIN; UPDATE ${name} SET v = 'NaN' WHERE id = 1; UPDATE ${name} SET v = 0.001, id = 9 WHERE id = 2;
         INSERT INTO ${name} VALUES (3, 3); COMMIT`,
      );
      const batches = await batchesOf(following);
      expect(changesIn(batches)).toEqual([
        ["delete", [2n, undefined]],
        ["insert", [3n, 300n]],
      ]);
      expect(errorsIn(batches).map(({ description }) => description)).toEqual([
        expect.stringContaining("(id=1) does not fit"),
        expect.stringContaining("(id=9) does not fit"),
      ]);
      for (const { position } of errorsIn(batches)) expect(position?.[0]).toBe("wal");
    });
  });

  test("P16: a bag loses the old row of an update that does not fit, as it is no longer true", async () => {
    const config = await numbers(database(), "bag", { identity: "FULL", rows: "(1, 1.5)" });
    await using following = new Following(
      await openSource({ table: BAG, config, onReject: "skip" }),
    );
    await batchesOf(following);
    await database().query("UPDATE bag SET v = 'Infinity'");
    const batches = await batchesOf(following);
    expect(changesIn(batches)).toEqual([["delete", [1n, 150n]]]);
    expect(errorsIn(batches)).toHaveLength(1);
    await database().query("UPDATE bag SET v = 2.5");
    const repaired = await batchesOf(following);
    expect(changesIn(repaired)).toEqual([["insert", [1n, 250n]]]);
    // The row that it was before is not here, so nothing is refused.
    expect(errorsIn(repaired)).toEqual([]);
  });

  test.each([
    ["numeric", "DECIMAL(10, 2)", "1.001", "too many fraction digits"],
    ["numeric", "BIGINT", "1.5", "expected i64"],
    ["bigint", "INT", "2147483648", "expected i32"],
    ["double precision", "DOUBLE", "'Infinity'", '"Infinity", expected a floating point number'],
    ["date", "DATE", "'0044-03-15 BC'", '"0044-03-15 BC", expected a date'],
    ["date", "DATE", "'infinity'", '"infinity", expected a date'],
    ["timestamptz", "TIMESTAMP", "'0044-03-15 BC'", "expected a timestamp"],
    ["timestamp", "TIMESTAMP", "'-infinity'", '"-infinity", expected a timestamp'],
    ["timestamp", "TIMESTAMP", "'3000-01-01'", "lies outside"],
    ["time", "TIME", "'24:00:00'", '"24:00:00", expected a time'],
    ["int[]", "INT ARRAY", "'{{1},{2}}'", "expected i32"],
    ["text", "VARCHAR NOT NULL", "NULL", "expected a string"],
  ])(
    "P16: a %s that %s can't hold is rejected in the copy and in changes: %s",
    async (there, here, value, why) => {
      const [row] = await database().query("SELECT count(*)::int AS n FROM pg_class");
      const name = `misfit_${String(row?.["n"])}`;
      await database().query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, v ${there})`);
      await database().query(`INSERT INTO ${name} VALUES (1, ${value})`);
      await database().query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
      const table = tableOf(`CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, v ${here})`);
      const config = configured(database(), name);
      await using following = new Following(await openSource({ table, config, onReject: "skip" }));
      const copied = errorsIn(await batchesOf(following));
      await database().query(`INSERT INTO ${name} VALUES (2, ${value})`);
      const changed = errorsIn(await batchesOf(following));
      expect(copied.map(({ description }) => description)).toEqual([
        expect.stringContaining(`'public.${name}' (id=1) does not fit: error parsing field 'v': `),
      ]);
      expect(copied[0]?.description).toContain(why);
      expect(changed[0]?.description).toBe(copied[0]?.description.replace("id=1", "id=2"));
    },
  );

  test.each([
    ["stop", ["1 rows, 0 errors", "0 rows, 1 errors", "1 rows, 0 errors", "0 rows, 1 errors"]],
    ["skip", ["2 rows, 2 errors"]],
  ] as const)(
    "P16: with %s, copied rows that do not fit count in every claim",
    async (onReject, expected) => {
      const rows = "(1, 1.5), (2, 'NaN'), (3, 3.5), (9007199254740993, 1.001)";
      const config = await numbers(database(), `copied_${onReject}`, { rows });
      await using following = new Following(await openSource({ table: HERE, config, onReject }));
      const batches = await batchesOf(following);
      const counts = batches.map((batch) => `${batch.records} rows, ${batch.errors.length} errors`);
      expect(counts).toEqual(expected);
      expect(errorsIn(batches).map(({ description }) => description)).toEqual([
        expect.stringContaining("(id=2) does not fit"),
        expect.stringContaining("(id=9007199254740993) does not fit"),
      ]);
      // Below every frontier of the line, so that any claim on it counts them.
      for (const { position } of errorsIn(batches)) expect(position).toEqual(["wal", 0n]);
      for (const { frontier } of batches) {
        expect(frontier.positions.map(([name]) => name)).toContain("wal");
      }
    },
  );
});
