/** Tables and publications that change in ways that a real PostgreSQL's log does not tell. */

import { withPostgres } from "@tidemark/systems";
import { Client } from "pg";
import { describe, expect, test } from "vitest";

import {
  covering,
  Following,
  following,
  openSource,
  tableOf,
  untilFault,
} from "./testing/opening.ts";
import { configured, published } from "./testing/published.ts";

const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");

withPostgres((database) => {
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database().query(statement);
  };

  describe("P13: a publication", () => {
    test.each([
      [
        "left by the table",
        "ALTER PUBLICATION p_$ DROP TABLE $",
        "'public.$' was removed from the publication",
      ],
      [
        "left by the table and joined again",
        "ALTER PUBLICATION p_$ DROP TABLE $; INSERT INTO $ VALUES (7, 'missed'); ALTER PUBLICATION p_$ ADD TABLE $",
        "removed and added again",
      ],
      ["dropped", "DROP PUBLICATION p_$", "the publication 'p_$' was dropped"],
      [
        "dropped and created again",
        "DROP PUBLICATION p_$; CREATE PUBLICATION p_$ FOR TABLE $",
        "'p_$' was dropped and created again",
      ],
      [
        "altered to publish less",
        "ALTER PUBLICATION p_$ SET (publish = 'insert')",
        "'p_$' was altered",
      ],
      [
        "altered to publish some rows",
        "ALTER PUBLICATION p_$ SET TABLE $ WHERE (id > 100)",
        "removed from the publication",
      ],
      [
        "altered to publish some columns",
        "ALTER PUBLICATION p_$ SET TABLE $ (id)",
        "removed from the publication",
      ],
    ])("P13: that is %s is a fault", async (_what, change, why) => {
      const { name, config } = await published(database());
      await using begun = await following(KEYED, config);
      await run(...change.replaceAll("$", name).split("; "));
      await run(`INSERT INTO ${name} VALUES (8, 'x')`);
      const fault = expect.stringMatching(new RegExp(why.replaceAll("$", name), "u"));
      expect(await untilFault(begun)).toEqual({ seen: [], fault });
    });

    test("P13: that gets other tables as well, or the table by its schema as well, is followed", async () => {
      const { name, config } = await published(database());
      await using begun = await following(KEYED, config);
      await run(
        `CREATE TABLE beside_${name} (id int PRIMARY KEY)`,
        `ALTER PUBLICATION p_${name} ADD TABLE beside_${name}`,
        `ALTER PUBLICATION p_${name} ADD TABLES IN SCHEMA public`,
        `INSERT INTO ${name} VALUES (8, 'x')`,
      );
      expect(await begun.until(await covering(begun))).toEqual([["insert", [8n, "x"]]]);
    });
  });

  describe("P13: a table", () => {
    test.each([
      ["dropped", "DROP TABLE $", "'public.$' was dropped"],
      [
        "rewritten by an expression",
        "ALTER TABLE $ ALTER name TYPE text USING upper(name)",
        "column 'name'.*was rewritten",
      ],
      [
        "inherited from",
        "CREATE TABLE $_child () INHERITS ($)",
        "'public.$_child' inherits from.*NO INHERIT",
      ],
      [
        "given another column of the same name",
        "ALTER TABLE $ DROP name; ALTER TABLE $ ADD name text DEFAULT 'x'",
        "column 'name'.*dropped and added again",
      ],
    ])("P13: that is %s is a fault", async (_what, change, why) => {
      const { name, config } = await published(database(), { rows: 1 });
      await using begun = await following(KEYED, config);
      await run(...change.replaceAll("$", name).split("; "));
      await run("SELECT pg_logical_emit_message(true, 'x', 'x')");
      const fault = expect.stringMatching(new RegExp(why.replaceAll("$", name), "u"));
      expect(await untilFault(begun)).toEqual({ seen: [], fault });
    });

    test("P13: whose enum values are renamed is a fault, and with more values it is followed", async () => {
      await run(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE moody (id bigint PRIMARY KEY, name mood)",
        "CREATE PUBLICATION p_moody FOR TABLE moody",
      );
      await using begun = await following(KEYED, configured(database(), "moody"));
      await run("ALTER TYPE mood ADD VALUE 'happy'", "INSERT INTO moody VALUES (1, 'happy')");
      expect(await begun.until(await covering(begun))).toEqual([["insert", [1n, "happy"]]]);
      await run("ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'");
      expect((await untilFault(begun)).fault).toMatch(/'happy'.*renamed to 'glad'/u);
    });

    test("P13: that is altered in ways that leave its rows alone is followed", async () => {
      const { name, config } = await published(database(), { rows: 1 });
      await using begun = await following(KEYED, config);
      await run(
        `ALTER TABLE ${name} ADD COLUMN more float8 DEFAULT random()`,
        `CREATE INDEX ON ${name} (name)`,
        `GRANT SELECT ON ${name} TO PUBLIC`,
        `ANALYZE ${name}`,
        "SELECT pg_logical_emit_message(true, 'x', 'x')",
      );
      expect(await begun.until(await covering(begun))).toEqual([]);
      await run(
        `ALTER TABLE ${name} ALTER name SET DEFAULT 'x'`,
        `INSERT INTO ${name} (id) VALUES (2)`,
      );
      expect(await begun.until(await covering(begun))).toEqual([["insert", [2n, "x"]]]);
    });

    test("P13: that a transaction is changing is waited for, and said to be", async () => {
      const { name, config } = await published(database());
      const troubles: (string | undefined)[] = [];
      const said = Promise.withResolvers<string>();
      const trouble = (why: string | undefined): void => {
        troubles.push(why);
        if (why?.includes("locks") === true) said.resolve(why);
      };
      await using begun = new Following(await openSource({ table: KEYED, config, trouble }));
      await begun.until(await covering(begun));
      const other = new Client({ connectionString: database().url });
      await other.connect();
      await other.query(`BEGIN; ALTER TABLE ${name} ADD COLUMN more int`);
      await run("SELECT pg_logical_emit_message(true, 'x', 'x')");
      const seen = begun.until(await covering(begun));
      expect(await said.promise).toMatch(new RegExp(`process \\d+ locks 'public.${name}'`, "u"));
      await other.query("ROLLBACK");
      await other.end();
      expect(await seen).toEqual([]);
      expect(troubles.at(-1)).toBeUndefined();
    });
  });
});
