/** Rows that a copy would not show, or whose changes come otherwise, on a real PostgreSQL. */

import { SYSTEM_CLOCK } from "@tidemark/connector";
import { take } from "@tidemark/conformance";
import { type OwnDatabase, withPostgres } from "@tidemark/systems";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { postgresInput } from "./query-source.ts";
import { covering, Following, openSource, tableOf } from "./testing/opening.ts";
import { configured, type Published, published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");

/** A role of the database's own; roles belong to the whole server. */
function readerOf({ name }: OwnDatabase): string {
  return `reader_${name.slice(-12)}`;
}

withPostgres((database) => {
  const role = (): string => readerOf(database());
  const as = (config: Published["config"]): Published["config"] => {
    const url = new URL(database().url);
    url.username = role();
    url.password = "reader";
    return { ...config, uri: url.href };
  };
  describe("row-level security", () => {
    beforeAll(() => database().query(`CREATE ROLE ${role()} LOGIN REPLICATION PASSWORD 'reader'`));
    afterAll(async () => {
      await database().query(`DROP OWNED BY ${role()} CASCADE`);
      await database().query(`DROP ROLE ${role()}`);
    });

    test("P10: that would hide rows from the copy is refused at start, with the remedy", async () => {
      const { name, config } = await published(database(), { rows: 3 });
      await database().query(`GRANT SELECT ON ${name} TO ${role()}`);
      await database().query(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
      await database().query(`CREATE POLICY own ON ${name} USING (id = 1)`);
      await expect(openSource({ table: KEYED, config: as(config) })).rejects.toThrow(
        `names public.${name}, of whose rows row-level security shows ${role()} a part, while changes come of all; ALTER ROLE ${role()} BYPASSRLS`,
      );
      await database().query(`ALTER ROLE ${role()} BYPASSRLS`);
      try {
        await using source = await openSource({ table: KEYED, config: as(config) });
        const following = new Following(source);
        expect(await following.until(await covering(following))).toHaveLength(3);
        await following[Symbol.asyncDispose]();
      } finally {
        await database().query(`ALTER ROLE ${role()} NOBYPASSRLS`);
      }
    });

    test("P10: that is forced on the owner is refused at start, and followed where it is not", async () => {
      const { name, config } = await published(database(), { rows: 3 });
      await database().query(`ALTER TABLE ${name} OWNER TO ${role()}`);
      await database().query(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
      await database().query(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`);
      await expect(openSource({ table: KEYED, config: as(config) })).rejects.toThrow(
        `BYPASSRLS, or as its owner, ALTER TABLE public.${name} NO FORCE ROW LEVEL SECURITY`,
      );
      await database().query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
      await using following = new Following(await openSource({ table: KEYED, config: as(config) }));
      expect(await following.until(await covering(following))).toHaveLength(3);
    });

    test("P10: that begins before the copy stops the copy, and never shortens it", async () => {
      const { name, config } = await published(database(), { rows: 3 });
      await database().query(`GRANT SELECT ON ${name} TO ${role()}`);
      const told = Promise.withResolvers<string>();
      const trouble = (message: string | undefined): void => {
        if (message !== undefined) told.resolve(message);
      };
      await using following = new Following(
        await openSource({ table: KEYED, config: as(config), trouble }),
      );
      const covers = await covering(following);
      await database().query(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
      const rows = following.until(covers);
      expect(await told.promise).toMatch(/row-level security .* ALTER ROLE … BYPASSRLS/u);
      await database().query(`ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`);
      expect(await rows).toHaveLength(3);
    });

    test("P10: that would hide rows from a query is refused at start, with the remedy", async () => {
      const { name, config } = await published(database(), { rows: 3 });
      await database().query(`GRANT SELECT ON ${name} TO ${role()}`);
      await database().query(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
      const factory = postgresInput(SYSTEM_CLOCK);
      const { uri } = as(config);
      const queried = { uri: String(uri), query: `SELECT * FROM ${name}` };
      await expect(openSource({ table: KEYED, config: queried, factory })).rejects.toThrow(
        /row-level security .* ALTER ROLE … BYPASSRLS/u,
      );
      await database().query(`ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`);
      await using source = await openSource({ table: KEYED, config: queried, factory });
      const [batch] = await take(source, 3);
      expect(batch?.records).toBe(3);
    });
  });

  describe("rows whose changes the log has elsewhere, or not at all", () => {
    test("P11: a table that others inherit from is refused, and its children are followed", async () => {
      const { name, config } = await published(database(), { rows: 1 });
      await database().query(`CREATE TABLE ${name}_child (PRIMARY KEY (id)) INHERITS (${name})`);
      await expect(openSource({ table: KEYED, config })).rejects.toThrow(
        `which other tables inherit from (public.${name}_child)`,
      );
      await database().query(`CREATE PUBLICATION p_${name}_child FOR TABLE ${name}_child`);
      await database().query(`INSERT INTO ${name}_child VALUES (2, 'child')`);
      const child = configured(database(), `${name}_child`);
      await using following = new Following(await openSource({ table: KEYED, config: child }));
      expect(await following.until(await covering(following))).toEqual([["insert", [2n, "child"]]]);
    });

    test.each([
      ["a view", "CREATE VIEW % AS SELECT 1::bigint AS id, 'a' AS name", "is a view"],
      [
        "a materialized view",
        "CREATE MATERIALIZED VIEW % AS SELECT 1::bigint AS id, 'a' AS name",
        "is a materialized view",
      ],
      [
        "an unlogged table",
        "CREATE UNLOGGED TABLE % (id bigint PRIMARY KEY, name text)",
        "is unlogged",
      ],
      [
        "a foreign table",
        "CREATE FOREIGN DATA WRAPPER w_%; CREATE SERVER s_% FOREIGN DATA WRAPPER w_%; CREATE FOREIGN TABLE % (id bigint, name text) SERVER s_%",
        "is a foreign table",
      ],
      [
        "a table with an unlogged partition",
        "CREATE TABLE % (id bigint PRIMARY KEY, name text) PARTITION BY RANGE (id); CREATE UNLOGGED TABLE %_1 PARTITION OF % DEFAULT",
        "are foreign or unlogged (public.",
      ],
    ])("P11: %s is refused, whatever is published", async (what, sql, why) => {
      const name = what.replaceAll(" ", "_");
      await database().query(sql.replaceAll("%", name));
      await database().query(
        `CREATE PUBLICATION p_${name} FOR ALL TABLES WITH (publish_via_partition_root)`,
      );
      const config = configured(database(), name);
      await expect(openSource({ table: KEYED, config })).rejects.toThrow(why);
    });

    test("P11: a publication that leaves out truncates is refused, as their rows would stay", async () => {
      const { name, config } = await published(database());
      await database().query(
        `ALTER PUBLICATION p_${name} SET (publish = 'insert, update, delete')`,
      );
      await expect(openSource({ table: KEYED, config })).rejects.toThrow(
        `ALTER PUBLICATION p_${name} SET (publish = 'insert, update, delete, truncate')`,
      );
    });
  });
});
