/** Tables whose replica identity, key or name is changed while a real PostgreSQL's changes are followed. */

import { withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { covering, following, tableOf, untilFault } from "./testing/opening.ts";
import { configured, published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const BAG = tableOf("CREATE TABLE t (id BIGINT, name VARCHAR)");

withPostgres((database) => {
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database().query(statement);
  };

  describe("P12: the replica identity", () => {
    test("P12: of a table without a key here that is no longer FULL is a fault, with the command", async () => {
      const { name, config } = await published(database(), { key: false, rows: 2 });
      await run(`ALTER TABLE ${name} ADD PRIMARY KEY (id)`);
      await using begun = await following(BAG, config);
      await run(
        `ALTER TABLE ${name} REPLICA IDENTITY DEFAULT`,
        `DELETE FROM ${name} WHERE id = 1`,
        `ALTER TABLE ${name} REPLICA IDENTITY FULL`,
      );
      const remedy = `REPLICA IDENTITY.*'public.${name}'.*ALTER TABLE public.${name} REPLICA IDENTITY FULL.*clear the pipeline`;
      expect(await untilFault(begun)).toEqual({
        seen: [],
        fault: expect.stringMatching(new RegExp(remedy, "u")),
      });
    });

    test.each([
      ["an index on other columns", "REPLICA IDENTITY USING INDEX $_name"],
      ["nothing", "REPLICA IDENTITY NOTHING"],
      ["a primary key that was dropped", "DROP CONSTRAINT $_pkey"],
      ["a primary key on other columns", "DROP CONSTRAINT $_pkey, ADD PRIMARY KEY (name)"],
    ])("P12: that becomes %s is a fault for a table with a key", async (_what, change) => {
      const { name, config } = await published(database(), { rows: 2 });
      await run(
        `ALTER TABLE ${name} ALTER name SET NOT NULL`,
        `CREATE UNIQUE INDEX ${name}_name ON ${name} (name)`,
      );
      await using begun = await following(KEYED, config);
      await run(
        `ALTER TABLE ${name} ${change.replaceAll("$", name)}`,
        `INSERT INTO ${name} VALUES (3, 'x')`,
      );
      expect(await untilFault(begun)).toEqual({
        seen: [],
        fault: expect.stringMatching(
          new RegExp(`'public.${name}'.*'id'.*REPLICA IDENTITY FULL`, "u"),
        ),
      });
    });

    test("P12: by an index that is dropped is a fault", async () => {
      const { name, config } = await published(database());
      await run(
        `CREATE UNIQUE INDEX ${name}_id ON ${name} (id)`,
        `ALTER TABLE ${name} REPLICA IDENTITY USING INDEX ${name}_id`,
      );
      await using begun = await following(KEYED, config);
      await run(`DROP INDEX ${name}_id`, `INSERT INTO ${name} VALUES (3, 'x')`);
      expect(await untilFault(begun)).toEqual({
        seen: [],
        fault: expect.stringMatching(/'id'.*REPLICA IDENTITY FULL/u),
      });
    });

    test("P12: that still carries the key is followed", async () => {
      const { name, config } = await published(database(), { rows: 2 });
      await using begun = await following(KEYED, config);
      await run(
        `ALTER TABLE ${name} REPLICA IDENTITY FULL`,
        `DELETE FROM ${name} WHERE id = 1`,
        `ALTER TABLE ${name} REPLICA IDENTITY DEFAULT`,
        `UPDATE ${name} SET id = 3`,
      );
      const seen = await begun.until(await covering(begun));
      expect(seen.map(([what, [id]]) => [what, id])).toEqual([
        ["delete", 1n],
        ["delete", 2n],
        ["insert", 3n],
      ]);
    });

    test("P12: of a partition counts, not the table's, also between two looks at the catalog", async () => {
      await run(
        "CREATE TABLE whole (id bigint, name text) PARTITION BY RANGE (id)",
        "ALTER TABLE whole REPLICA IDENTITY FULL",
        "CREATE TABLE whole_1 PARTITION OF whole FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE whole_1 REPLICA IDENTITY FULL",
        "ALTER TABLE whole_1 ADD PRIMARY KEY (id)",
        "INSERT INTO whole VALUES (1, 'a'), (2, 'b')",
        "CREATE PUBLICATION p_whole FOR TABLE whole WITH (publish_via_partition_root = true)",
      );
      await using begun = await following(BAG, configured(database(), "whole"));
      await run("UPDATE whole SET name = 'c' WHERE id = 2");
      expect(await begun.until(await covering(begun))).toEqual([
        ["delete", [2n, "b"]],
        ["insert", [2n, "c"]],
      ]);
      await run(
        "ALTER TABLE whole_1 REPLICA IDENTITY DEFAULT",
        "DELETE FROM whole WHERE id = 1",
        "ALTER TABLE whole_1 REPLICA IDENTITY FULL",
      );
      expect(await untilFault(begun)).toEqual({
        seen: [],
        fault: expect.stringMatching(/ALTER TABLE public\.whole_1 REPLICA IDENTITY FULL/u),
      });
    });
  });

  test.each([
    ["renamed", "RENAME TO $_other", "public.$_other"],
    ["moved to another schema", "SET SCHEMA elsewhere", "elsewhere.$"],
  ])("P12: a table that was %s is a fault that names both", async (_how, change, now) => {
    await run("CREATE SCHEMA IF NOT EXISTS elsewhere");
    const { name, config } = await published(database(), { rows: 1 });
    await using begun = await following(KEYED, config);
    const other = now.replace("$", name);
    await run(
      `ALTER TABLE ${name} ${change.replace("$", name)}`,
      `INSERT INTO ${other} VALUES (9, 'x')`,
    );
    expect(await untilFault(begun)).toEqual({
      seen: [],
      fault: expect.stringMatching(new RegExp(`'public.${name}' was renamed to '${other}'`, "u")),
    });
  });
});
