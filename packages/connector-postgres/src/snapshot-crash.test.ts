/** Snapshots of tables that change, and of which the reader crashes between any two batches. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Batch, type Progress, type Row, SYSTEM_CLOCK } from "@tidemark/connector";
import { take } from "@tidemark/conformance";
import { type Database, type OwnDatabase, withPostgres } from "@tidemark/systems";
import { array, assert, asyncProperty, boolean, constantFrom, nat, record } from "fast-check";
import { expect, test } from "vitest";

import { postgresInput } from "./query-source.ts";
import { covering, Following, openSource, tableOf } from "./testing/opening.ts";
import { published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const BAG = tableOf("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR)");
const ROWS = 3000;

/** One run of the reader, and how the table changes before the next. */
const RUN = record({
  batches: nat(3),
  commitsLast: boolean(),
  change: constantFrom(
    "DELETE FROM $ WHERE id % 7 = 3",
    "UPDATE $ SET name = name || '!' WHERE id % 5 = 1",
    "INSERT INTO $ SELECT max(id) + 1, 'new' FROM $",
    "UPDATE $ SET id = -id WHERE id BETWEEN 100 AND 110",
  ),
});

/** What an engine holds: each row as text, counted. */
class Held {
  readonly #keyed: boolean;
  readonly #rows = new Map<string, Map<string, number>>();

  constructor(keyed: boolean) {
    this.#keyed = keyed;
  }

  apply({ changes }: Batch): void {
    changes.rows.forEach((row, at) => this.#apply(changes.operations?.[at] ?? "insert", row));
  }

  get rows(): readonly string[] {
    return [...this.#rows.values()].flatMap((names) =>
      [...names].flatMap(([text, count]) => Array.from({ length: count }, () => text)),
    );
  }

  #apply(operation: string, [id, name]: Row): void {
    const key = String(id);
    const names = this.#rows.get(key) ?? new Map<string, number>();
    const text = `${key} ${String(name)}`;
    if (this.#keyed) names.clear();
    if (operation === "insert") names.set(text, (names.get(text) ?? 0) + 1);
    else if (!this.#keyed) names.set(text, (names.get(text) ?? 0) - 1);
    this.#rows.set(key, names);
  }
}

async function contents(database: Database, table: string): Promise<readonly string[]> {
  const rows = await database.query(`SELECT id || ' ' || name AS row FROM ${table}`);
  return rows.map(({ row }) => String(row));
}

async function bigTable(database: OwnDatabase, key: boolean): ReturnType<typeof published> {
  const made = await published(database, { key, rows: ROWS });
  await database.query(`UPDATE ${made.name} SET name = name || repeat('x', 300)`);
  return made;
}

withPostgres((database) => {
  test.each([
    ["keyed table", KEYED],
    ["bag", BAG],
  ])(
    "a %s holds exactly the source's rows, wherever the reader crashed and whatever changed meanwhile",
    async (_kind, table) => {
      const keyed = table.primaryKey.length > 0;
      await assert(
        asyncProperty(array(RUN, { minLength: 1, maxLength: 5 }), async (runs) => {
          const { name, config } = await bigTable(database(), keyed);
          const directory = mkdtempSync(join(tmpdir(), "tidemark-"));
          const held = new Held(keyed);
          let resume: Progress | undefined;
          for (const { batches, commitsLast, change } of runs) {
            const source = await openSource({
              table,
              config,
              directory,
              ...(resume === undefined ? {} : { resume }),
            });
            await using following = new Following(source);
            expect(source.start.incarnation).toBe(resume?.incarnation ?? source.start.incarnation);
            resume ??= source.start;
            // A run of no batches crashes while it begins to read.
            const covers = batches === 0 ? undefined : await covering(following);
            if (batches === 0) void following.next().catch(() => undefined);
            for (let read = 0; read < batches && covers?.(following.last) === false; read += 1) {
              const batch = await following.next();
              expect(batch.bytes).toBeLessThan(1_000_000);
              if (read === batches - 1 && !commitsLast) break;
              held.apply(batch);
              following.commit(batch);
              resume = following.last;
            }
            await database().query(change.replaceAll("$", name));
          }
          const last = await openSource({
            table,
            config,
            directory,
            ...(resume === undefined ? {} : { resume }),
          });
          await using following = new Following(last);
          const covers = await covering(following);
          while (!covers(following.last)) {
            const batch = await following.next();
            held.apply(batch);
            following.commit(batch);
          }
          expect(held.rows.toSorted()).toEqual((await contents(database(), name)).toSorted());
          rmSync(directory, { recursive: true });
        }),
        { numRuns: 4 },
      );
    },
  );

  test("the rows of a query come in parts that fit, and from any of them on after a crash", async () => {
    const { name } = await bigTable(database(), true);
    const config = { uri: database().url, query: `SELECT * FROM ${name} ORDER BY id` };
    const directory = mkdtempSync(join(tmpdir(), "tidemark-"));
    const opening = { table: KEYED, config, directory, factory: postgresInput(SYSTEM_CLOCK) };
    await using first = await openSource(opening);
    const all = await take(first, ROWS);
    expect(all.length).toBeGreaterThan(2);
    await database().query(`DELETE FROM ${name}`);
    for (const [at, { incarnation, frontier }] of all.entries()) {
      const resume = { incarnation, frontier };
      await using again = await openSource({ ...opening, resume, epoch: 2 });
      const rest = all.slice(at + 1);
      const rows = rest.reduce((sum, { records }) => sum + records, 0);
      const taken = (await take(again, rows)).flatMap(({ changes }) => changes.rows);
      expect(taken).toEqual(rest.flatMap(({ changes }) => changes.rows));
    }
    rmSync(directory, { recursive: true });
  });
});
