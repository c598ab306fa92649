/** Tables of every kind on a real PostgreSQL, and what happens to them while they are followed. */

import { createSlot, type OwnDatabase, withPostgres } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { covering, Following, following, openSource, tableOf } from "./testing/opening.ts";
import { configured, published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");

/** A table with a value that is kept apart from its row. */
async function wide(
  database: OwnDatabase,
  name: string,
  identity = "DEFAULT",
): Promise<Readonly<Record<string, string>>> {
  await database.query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, n int, big text)`);
  await database.query(`ALTER TABLE ${name} ALTER big SET STORAGE EXTERNAL`);
  await database.query(`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`);
  await database.query(`INSERT INTO ${name} VALUES (1, 0, repeat('x', 100000))`);
  await database.query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
  return configured(database, name);
}

withPostgres((database) => {
  describe("names", () => {
    test("of every kind are taken as they are", async () => {
      const schema = '"Odd. ""Schema"""';
      await database().query(`CREATE SCHEMA ${schema}`);
      await database().query(
        `CREATE TABLE ${schema}."Te.st" ("Id 1" bigint PRIMARY KEY, "select" text, plain text)`,
      );
      await database().query(`CREATE PUBLICATION "p_O'dd" FOR TABLE ${schema}."Te.st"`);
      const table = tableOf(
        'CREATE TABLE t ("Id 1" BIGINT NOT NULL PRIMARY KEY, "select" VARCHAR, PLAIN VARCHAR)',
      );
      const config = { ...configured(database(), "odd"), publication: "p_O'dd" };
      const source_table = `${schema}."Te.st"`;
      await using begun = await following(table, { ...config, source_table });
      await database().query(`INSERT INTO ${source_table} VALUES (1, 'a', 'b')`);
      expect(await begun.until(await covering(begun))).toEqual([["insert", [1n, "a", "b"]]]);
    });

    test("of partitions are the table's, where the publication says so, and refused where it doesn't", async () => {
      await database().query(
        "CREATE TABLE parted (id bigint PRIMARY KEY, name text) PARTITION BY RANGE (id)",
      );
      await database().query(
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
      );
      await database().query("CREATE PUBLICATION p_parted FOR TABLE parted");
      const config = configured(database(), "parted");
      await expect(openSource({ table: KEYED, config })).rejects.toThrow(
        "ALTER PUBLICATION p_parted SET (publish_via_partition_root = true)",
      );
      await database().query("ALTER PUBLICATION p_parted SET (publish_via_partition_root = true)");
      await database().query("INSERT INTO parted VALUES (1, 'before')");
      await using begun = new Following(await openSource({ table: KEYED, config }));
      expect(await begun.until(await covering(begun))).toEqual([["insert", [1n, "before"]]]);
      await database().query(
        "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)",
      );
      await database().query("INSERT INTO parted VALUES (11, 'later')");
      await database().query("UPDATE parted SET id = 12 WHERE id = 1");
      expect(await begun.until(await covering(begun))).toEqual([
        ["insert", [11n, "later"]],
        ["delete", [1n, undefined]],
        ["insert", [12n, "before"]],
      ]);
    });
  });

  describe("large values", () => {
    const WIDE = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n INT, big VARCHAR)");

    test("that did not change are left as they are, never made NULL", async () => {
      await using begun = await following(WIDE, await wide(database(), "toasted"));
      await database().query("UPDATE toasted SET n = 1");
      expect(await begun.until(await covering(begun))).toEqual([["update", [1n, 1, undefined]]]);
    });

    test("come whole where the whole row is the replica identity, also with a new key", async () => {
      await using begun = await following(WIDE, await wide(database(), "toasted_full", "FULL"));
      await database().query("UPDATE toasted_full SET id = 2");
      const seen = await begun.until(await covering(begun));
      expect(seen[0]).toEqual(["delete", [1n, undefined, undefined]]);
      expect(seen.map(([what, [id, n, big]]) => [what, id, n, String(big).length])[1]).toEqual([
        "insert",
        2n,
        0,
        100_000,
      ]);
    });

    test("of a row whose key changes are missed, which ends the number line and says what to do", async () => {
      await using begun = await following(WIDE, await wide(database(), "toasted_key"));
      await database().query("UPDATE toasted_key SET id = 2");
      expect(await begun.untilLost()).toEqual([]);
      await expect(begun.next()).rejects.toThrow("REPLICA IDENTITY FULL; the changes since then");
    });
  });

  describe("columns", () => {
    test("that are not declared may come and go", async () => {
      const { name, config } = await published(database());
      await using begun = await following(KEYED, config);
      await database().query(`ALTER TABLE ${name} ADD COLUMN more int DEFAULT 7`);
      await database().query(`INSERT INTO ${name} VALUES (1, 'a', 8)`);
      await database().query(`ALTER TABLE ${name} DROP COLUMN more`);
      await database().query(`INSERT INTO ${name} VALUES (2, 'b')`);
      expect(await begun.until(await covering(begun))).toEqual([
        ["insert", [1n, "a"]],
        ["insert", [2n, "b"]],
      ]);
    });

    test.each([
      ["dropped", "DROP COLUMN name", "(2)", /column 'name' of the source table '.*' was dropped/u],
      ["renamed", "RENAME COLUMN name TO other", "(2, 'b')", "column 'name' of the source table"],
      [
        "of another type",
        "ALTER COLUMN name TYPE bytea USING '\\x00'",
        "(2, '')",
        "type of the column",
      ],
    ])("that are %s end the number line at the change", async (_how, change, values, why) => {
      const { name, config } = await published(database());
      await using begun = await following(KEYED, config);
      await database().query(`INSERT INTO ${name} VALUES (1, 'a')`);
      expect(await begun.until(await covering(begun))).toEqual([["insert", [1n, "a"]]]);
      await database().query(`ALTER TABLE ${name} ${change}`);
      await database().query(`INSERT INTO ${name} VALUES ${values}`);
      expect(await begun.untilLost()).toEqual([]);
      await expect(begun.next()).rejects.toThrow(why);
    });

    test("of a table that was dropped and made anew end the number line", async () => {
      const { name, config } = await published(database());
      await using begun = await following(KEYED, config);
      await database().query(`DROP TABLE ${name}`);
      await database().query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, name text)`);
      await database().query(`ALTER PUBLICATION p_${name} ADD TABLE ${name}`);
      await database().query(`INSERT INTO ${name} VALUES (1, 'another')`);
      expect(await begun.untilLost()).toEqual([]);
      await expect(begun.next()).rejects.toThrow("was dropped");
      const resume = { incarnation: begun.source.start.incarnation, frontier: begun.last.frontier };
      await using later = new Following(await openSource({ table: KEYED, config, resume }));
      await expect(later.next()).rejects.toThrow("the table or the slot is another one");
    });
  });

  describe("refused", () => {
    test.each([
      ["only inserts", "FOR TABLE $ WITH (publish = 'insert')", "SET (publish ="],
      [
        "all but truncates",
        "FOR TABLE $ WITH (publish = 'insert, update, delete')",
        "SET (publish = 'insert, update, delete, truncate')",
      ],
      ["some rows", "FOR TABLE $ WHERE (id > 5)", "only some rows"],
      ["some columns", "FOR TABLE $ (id)", "lack the column 'name'"],
    ])("a publication of %s, as what it leaves out would be missed", async (_what, as, why) => {
      const { name, config } = await published(database());
      await database().query(`DROP PUBLICATION p_${name}`);
      await database().query(`CREATE PUBLICATION p_${name} ${as.replace("$", name)}`);
      await expect(openSource({ table: KEYED, config })).rejects.toThrow(why);
    });

    test("a generated column, whose changes are not published", async () => {
      const { name, config } = await published(database());
      await database().query(
        `ALTER TABLE ${name} ADD twice bigint GENERATED ALWAYS AS (id * 2) STORED`,
      );
      const table = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, twice BIGINT)");
      await expect(openSource({ table, config })).rejects.toThrow("lack the column 'twice'");
      const other = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, none BIGINT)");
      await expect(openSource({ table: other, config })).rejects.toThrow("no column 'none'");
    });

    test("a key that changes don't carry", async () => {
      const { config } = await published(database());
      const table = tableOf("CREATE TABLE t (id BIGINT, name VARCHAR NOT NULL PRIMARY KEY)");
      await expect(openSource({ table, config })).rejects.toThrow("don't carry the column 'name'");
    });

    test("a slot that is there already, as it may be somebody else's", async () => {
      const { config } = await published(database());
      await createSlot(database(), String(config["slot"]));
      await expect(openSource({ table: KEYED, config })).rejects.toThrow("is there already");
    });

    test("a user who may not read the table, or any changes", async () => {
      const { name, config } = await published(database());
      const role = `reader_${database().name.slice(-12)}`;
      await database().query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
      try {
        const url = new URL(String(config["uri"]));
        url.username = role;
        url.password = "reader";
        const opened = (): Promise<unknown> =>
          openSource({ table: KEYED, config: { ...config, uri: url.href } });
        await expect(opened()).rejects.toThrow(`ALTER ROLE ${role} REPLICATION`);
        await database().query(`ALTER ROLE ${role} REPLICATION`);
        await expect(opened()).rejects.toThrow(`GRANT SELECT ON public.${name} TO ${role}`);
        await database().query(`GRANT SELECT ON ${name} TO ${role}`);
        url.username = role;
        await using begun = await following(KEYED, { ...config, uri: url.href });
        expect(begun.last.incarnation).toBe(begun.source.start.incarnation);
      } finally {
        await database().query(`DROP OWNED BY ${role}`);
        await database().query(`DROP ROLE ${role}`);
      }
    });
  });
});
