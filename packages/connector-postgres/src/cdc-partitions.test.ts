/** Rows that come and go with partitions, which a real PostgreSQL's log does not tell. */

import { withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import {
  covering,
  Following,
  following,
  openSource,
  tableOf,
  untilFault,
} from "./testing/opening.ts";
import { configured } from "./testing/published.ts";

const PARTED = tableOf("CREATE TABLE t (id INT NOT NULL, k VARCHAR NOT NULL, PRIMARY KEY (id, k))");

let names = 0;

withPostgres((database) => {
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database().query(statement);
  };

  /** A table with partitions `a` and `b`, and a loose table with a row. */
  async function parted(): Promise<{
    readonly name: string;
    readonly config: ReturnType<typeof configured>;
  }> {
    const name = `parted${(names += 1)}`;
    await run(
      `CREATE TABLE ${name} (id int, k text, PRIMARY KEY (id, k)) PARTITION BY LIST (k)`,
      `CREATE TABLE ${name}_a PARTITION OF ${name} FOR VALUES IN ('a')`,
      `CREATE TABLE ${name}_b PARTITION OF ${name} FOR VALUES IN ('b')`,
      `CREATE TABLE ${name}_c (id int NOT NULL, k text NOT NULL, PRIMARY KEY (id, k))`,
      `INSERT INTO ${name}_c VALUES (50, 'c')`,
      `INSERT INTO ${name} VALUES (1, 'a'), (2, 'b')`,
      `CREATE PUBLICATION p_${name} FOR TABLE ${name} WITH (publish_via_partition_root = true)`,
    );
    return { name, config: configured(database(), name) };
  }

  describe("P13: a partition", () => {
    test.each([
      [
        "attached with rows",
        "ALTER TABLE $ ATTACH PARTITION $_c FOR VALUES IN ('c')",
        "'public.$_c'.*attached with rows",
      ],
      ["detached", "ALTER TABLE $ DETACH PARTITION $_b", "'public.$_b'.*detached or dropped"],
      ["truncated", "TRUNCATE $_a", "'public.$_a'.*truncated"],
      ["dropped", "DROP TABLE $_a", "'public.$_a'.*detached or dropped"],
      [
        "truncated and analysed",
        "TRUNCATE $_a; INSERT INTO $ VALUES (9, 'a'); ANALYZE $_a",
        "'public.$_a'.*truncated",
      ],
      [
        "detached and attached again",
        "ALTER TABLE $ DETACH PARTITION $_a; ALTER TABLE $ ATTACH PARTITION $_a FOR VALUES IN ('a')",
        "'public.$_a'.*attached again",
      ],
      ["made UNLOGGED", "ALTER TABLE $_a SET UNLOGGED", "'public.$_a' is UNLOGGED.*SET LOGGED"],
      [
        "rewritten",
        "ALTER TABLE $_a SET UNLOGGED; ALTER TABLE $_a SET LOGGED",
        "'public.$_a'.*rewritten",
      ],
      [
        "attached below one with rows",
        "CREATE TABLE $_d (id int, k text, PRIMARY KEY (id, k)) PARTITION BY LIST (k); CREATE TABLE $_e PARTITION OF $_d FOR VALUES IN ('e'); INSERT INTO $_d VALUES (4, 'e'); ALTER TABLE $ ATTACH PARTITION $_d FOR VALUES IN ('e')",
        "'public.$_e'.*attached with rows",
      ],
    ])("P13: that is %s is a fault that names it", async (_what, change, why) => {
      const { name, config } = await parted();
      await using begun = await following(PARTED, config);
      await run(...change.replaceAll("$", name).split("; "));
      await run(`INSERT INTO ${name} VALUES (8, 'b')`).catch(() => undefined);
      const fault = expect.stringMatching(new RegExp(why.replaceAll("$", name), "u"));
      expect(await untilFault(begun)).toEqual({ seen: [], fault });
    });

    test("P13: that is new and empty, or filled in the transaction that creates it, is followed", async () => {
      const { name, config } = await parted();
      await using begun = await following(PARTED, config);
      await run(
        `CREATE TABLE ${name}_d PARTITION OF ${name} FOR VALUES IN ('d')`,
        `INSERT INTO ${name} VALUES (3, 'd')`,
        `BEGIN; CREATE TABLE ${name}_e PARTITION OF ${name} FOR VALUES IN ('e'); INSERT INTO ${name} VALUES (4, 'e'); COMMIT`,
        `DELETE FROM ${name}_c`,
        `ALTER TABLE ${name} ATTACH PARTITION ${name}_c FOR VALUES IN ('c')`,
        `INSERT INTO ${name} VALUES (5, 'c')`,
      );
      expect(await begun.until(await covering(begun))).toEqual([
        ["insert", [3, "d"]],
        ["insert", [4, "e"]],
        ["insert", [5, "c"]],
      ]);
    });

    test("P13: that was filled in the transaction that attached it, before it did, is a fault", async () => {
      const { name, config } = await parted();
      await using begun = await following(PARTED, config);
      await run(
        `BEGIN; CREATE TABLE ${name}_d (LIKE ${name} INCLUDING ALL); INSERT INTO ${name}_d VALUES (3, 'd');
         ALTER TABLE ${name} ATTACH PARTITION ${name}_d FOR VALUES IN ('d'); COMMIT`,
      );
      const fault = expect.stringMatching(/attached with rows/u);
      expect(await untilFault(begun)).toEqual({ seen: [], fault });
    });

    test("P13: that gets another file by VACUUM FULL or CLUSTER, or by TRUNCATE of the whole table, is followed", async () => {
      const { name, config } = await parted();
      await using begun = await following(PARTED, config);
      await run(`VACUUM FULL ${name}_a`, `CLUSTER ${name}_b USING ${name}_b_pkey`);
      await run(`INSERT INTO ${name} VALUES (3, 'a')`, `GRANT SELECT ON ${name}_a TO PUBLIC`);
      expect(await begun.until(await covering(begun))).toEqual([["insert", [3, "a"]]]);
      await run(`TRUNCATE ${name}`, `INSERT INTO ${name} VALUES (4, 'b')`);
      expect(await begun.until(await covering(begun))).toEqual([
        ["truncate", []],
        ["insert", [4, "b"]],
      ]);
      await run(`TRUNCATE ${name}`, `TRUNCATE ${name}_b`);
      expect((await untilFault(begun)).fault).toMatch(/_b'.*truncated/u);
    });

    test("P13: that changed while nobody read is noticed at the next start", async () => {
      const { name, config } = await parted();
      const first = await following(PARTED, config);
      await first[Symbol.asyncDispose]();
      await run(`TRUNCATE ${name}_a`, `VACUUM FULL ${name}_b`);
      const resumed = await openSource({ table: PARTED, config, resume: first.last, epoch: 2 });
      await using second = new Following(resumed);
      expect((await untilFault(second)).fault).toMatch(/_a'.*truncated/u);
    });
  });
});
