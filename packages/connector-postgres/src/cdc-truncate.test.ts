/** Truncates of a real PostgreSQL's tables. */

import { withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { covering, following, tableOf } from "./testing/opening.ts";
import { configured, published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const BAG = tableOf("CREATE TABLE t (id BIGINT, name VARCHAR)");

withPostgres((database) => {
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database().query(statement);
  };

  describe("P13: a truncate", () => {
    test.each([
      ["with a key", KEYED, true],
      ["without one", BAG, false],
    ])("P13: of a table %s is applied in its place", async (_what, table, key) => {
      const { name, config } = await published(database(), { key, rows: 1 });
      await using begun = await following(table, config);
      await run(
        `INSERT INTO ${name} VALUES (2, 'before')`,
        `TRUNCATE ${name} RESTART IDENTITY CASCADE`,
        `INSERT INTO ${name} VALUES (3, 'after')`,
      );
      expect(await begun.until(await covering(begun))).toEqual([
        ["insert", [2n, "before"]],
        ["truncate", []],
        ["insert", [3n, "after"]],
      ]);
    });

    test("P13: between changes of one transaction, and of several tables at once, is applied", async () => {
      const { name, config } = await published(database(), { rows: 1 });
      await run(
        `CREATE TABLE other_${name} (id bigint PRIMARY KEY REFERENCES ${name})`,
        `ALTER PUBLICATION p_${name} ADD TABLE other_${name}`,
      );
      await using begun = await following(KEYED, config);
      await run(
        `BEGIN; INSERT INTO ${name} VALUES (2, 'gone'); TRUNCATE ${name}, other_${name};
         INSERT INTO ${name} VALUES (3, 'there'); COMMIT`,
        `TRUNCATE ${name} CASCADE`,
      );
      expect(await begun.until(await covering(begun))).toEqual([
        ["insert", [2n, "gone"]],
        ["truncate", []],
        ["insert", [3n, "there"]],
        ["truncate", []],
      ]);
    });

    test("P13: of another table of the publication is none of this one", async () => {
      const { name, config } = await published(database(), { key: false });
      await run(
        `CREATE TABLE other_${name} (id bigint PRIMARY KEY)`,
        `ALTER PUBLICATION p_${name} ADD TABLE other_${name}`,
      );
      await using begun = await following(BAG, config);
      await run(`TRUNCATE other_${name}`, `INSERT INTO ${name} VALUES (1, 'x')`);
      expect(await begun.until(await covering(begun))).toEqual([["insert", [1n, "x"]]]);
    });

    test("P13: of a partitioned table is applied, also together with a table of another identity", async () => {
      await run(
        "CREATE TABLE parted (id bigint, name text) PARTITION BY RANGE (id)",
        "ALTER TABLE parted REPLICA IDENTITY FULL",
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE parted_1 REPLICA IDENTITY FULL",
        "CREATE TABLE beside (id bigint PRIMARY KEY)",
        "INSERT INTO parted VALUES (1, 'a')",
        "CREATE PUBLICATION p_parted FOR TABLE parted, beside WITH (publish_via_partition_root = true)",
      );
      await using begun = await following(BAG, configured(database(), "parted"));
      await run("TRUNCATE parted, beside", "INSERT INTO parted VALUES (2, 'b')");
      expect(await begun.until(await covering(begun))).toEqual([
        ["truncate", []],
        ["insert", [2n, "b"]],
      ]);
    });
  });
});
