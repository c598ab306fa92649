/** A view kept in a table of a real PostgreSQL. */

import { type Sink, type ViewChange } from "@tidemark/connector";
import { type ViewIndex } from "@tidemark/program";
import { type Database, withPostgres, withPostgresServer } from "@tidemark/systems";
import { expect, test } from "vitest";

import { columnsOf, openOutput } from "./testing/output.ts";

const COLUMNS = columnsOf("id BIGINT NOT NULL, amount DECIMAL(30, 2)");

/** An index on columns of these names. */
function indexOn(...names: readonly string[]): ViewIndex {
  const span = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };
  const columns = names.map((name) => ({ id: { name, quoted: false }, span }));
  return { id: { name: "i", quoted: false }, columns };
}

function open(
  database: Database,
  table: string,
  given: { readonly life?: string; readonly index?: ViewIndex } = {},
): Promise<Sink> {
  return openOutput(database, { table, columns: COLUMNS, ...given });
}

type Change = readonly [weight: 1 | -1, id: bigint, cents: bigint | null];

async function* changes(
  ...chunks: readonly (readonly Change[])[]
): AsyncGenerator<readonly ViewChange[]> {
  for (const chunk of chunks) {
    yield await Promise.resolve(chunk.map(([weight, ...row]) => ({ weight, row })));
  }
}

async function contents(database: Database, table: string): Promise<readonly string[]> {
  const rows = await database.query(
    `SELECT id || '=' || coalesce(amount::text, 'null') AS row FROM ${table} ORDER BY id`,
  );
  return rows.map(({ row }) => String(row));
}

withPostgres((database) => {
  test("inserts, changes and deletes are the table's, with no digit lost", async () => {
    await database().query("CREATE TABLE a (id bigint PRIMARY KEY, amount numeric, other text)");
    await using sink = await open(database(), "a");
    const first = changes([
      [1, 1n, 1050n],
      [1, 9_007_199_254_740_993n, 123_456_789_012_345_678_901_234_567n],
    ]);
    expect(await sink.take(1n, first)).toMatchObject({ records: 2 });
    await sink.take(2n, changes([[-1, 1n, 1050n]], [[1, 1n, null]]));
    expect(await contents(database(), "a")).toEqual([
      "1=null",
      "9007199254740993=1234567890123456789012345.67",
    ]);
    await sink.take(5n, changes([[-1, 1n, null]]));
    expect(await contents(database(), "a")).toHaveLength(1);
  });

  test("a step that breaks off is not there, and once it is given again, once", async () => {
    await database().query("CREATE TABLE b (id bigint PRIMARY KEY, amount numeric)");
    await using sink = await open(database(), "b");
    async function* breaking(): AsyncGenerator<readonly ViewChange[]> {
      yield* changes([[1, 1n, 1n]]);
      throw new Error("broken off");
    }
    await expect(sink.take(1n, breaking())).rejects.toThrow("broken off");
    expect(await contents(database(), "b")).toEqual([]);
    await sink.take(1n, changes([[1, 1n, 1n]]));
    expect(await contents(database(), "b")).toEqual(["1=0.01"]);
  });

  test("a step that is given again after its answer was lost is taken once", async () => {
    await database().query("CREATE TABLE c (id bigint PRIMARY KEY, amount numeric)");
    {
      await using sink = await open(database(), "c");
      await sink.take(1n, changes([[1, 1n, 1n]]));
      await database().query("UPDATE c SET amount = 7");
    }
    await using again = await open(database(), "c");
    expect(again.takenStep).toBe(1n);
    await again.take(1n, changes([[1, 1n, 1n]]));
    expect(await contents(database(), "c")).toEqual(["1=7"]);
    await using other = await open(database(), "c", { life: "other" });
    expect(other.takenStep).toBe(0n);
  });

  test("a table that can't hold the view is refused at the start, with what it lacks", async () => {
    await database().query("CREATE TABLE keyless (id bigint, amount numeric)");
    await database().query("CREATE TABLE narrow (id bigint PRIMARY KEY)");
    await database().query(
      "CREATE TABLE wide (id bigint, day date, amount numeric, PRIMARY KEY (id, day))",
    );
    await expect(open(database(), "keyless")).rejects.toThrow("has no primary key");
    await expect(open(database(), "narrow")).rejects.toThrow("lacks the view's columns 'amount'");
    await expect(open(database(), "wide")).rejects.toThrow("key columns 'day' the view lacks");
    await expect(open(database(), "nowhere")).rejects.toThrow("'nowhere'");
    await expect(async () => open(database(), "x; DROP TABLE a")).rejects.toThrow(
      "has to name a table",
    );
  });

  test("outputs that begin in a new database at the same time all begin", async () => {
    await database().query("CREATE TABLE together (id bigint PRIMARY KEY, amount numeric)");
    for (let round = 0; round < 5; round += 1) {
      await database().query("DROP TABLE IF EXISTS tidemark_steps");
      const opening = Array.from({ length: 8 }, (_, i) =>
        open(database(), "together", { life: `${round}.${i}` }),
      );
      const sinks = await Promise.all(opening);
      expect(sinks.map(({ takenStep }) => takenStep)).toEqual(sinks.map(() => 0n));
      for (const sink of sinks) await sink[Symbol.asyncDispose]();
    }
  });

  test("an index has the columns of the table's primary key, in any order, or is refused", async () => {
    await database().query(
      "CREATE TABLE indexed (id bigint, amount numeric, PRIMARY KEY (id, amount))",
    );
    await using sink = await open(database(), "indexed", { index: indexOn("amount", "id") });
    expect(sink.takenStep).toBe(0n);
    await expect(open(database(), "indexed", { index: indexOn("id") })).rejects.toThrow(
      "whose primary key is 'id', 'amount', while the index 'i' is on 'id'",
    );
  });
});

withPostgresServer((server) => {
  test("a server that goes away in the middle holds whole steps, and goes on where it was", async () => {
    await server().query("CREATE TABLE t (id bigint PRIMARY KEY, amount numeric)");
    await using sink = await open(server(), "t");
    await sink.take(1n, changes([[1, 1n, 1n]]));
    async function* killing(): AsyncGenerator<readonly ViewChange[]> {
      yield* changes([[1, 2n, 1n]]);
      await server().kill();
      yield* changes([[1, 3n, 1n]]);
    }
    await expect(sink.take(2n, killing())).rejects.toThrow(/terminat|ECONN/u);
    await server().start();
    expect(await contents(server(), "t")).toEqual(["1=0.01"]);
    await sink.take(2n, changes([[1, 2n, 1n]], [[1, 3n, 1n]]));
    expect(await contents(server(), "t")).toEqual(["1=0.01", "2=0.01", "3=0.01"]);
  });
});
