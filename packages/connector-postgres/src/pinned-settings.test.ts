/** Settings of a server, a database and a role that change values, on a real PostgreSQL. */

import { SYSTEM_CLOCK } from "@tidemark/connector";
import { take } from "@tidemark/conformance";
import {
  type Database,
  databaseAt,
  dropSlot,
  withPostgres,
  withPostgresServer,
} from "@tidemark/systems";
import { expect, test } from "vitest";

import { postgresInput } from "./query-source.ts";
import { Session } from "./session.ts";
import { covering, Following, openSource, tableOf } from "./testing/opening.ts";

/** Each would change what is read or written, or end it. */
const HOSTILE: Readonly<Record<string, string>> = {
  DateStyle: "'SQL, DMY'",
  IntervalStyle: "'sql_standard'",
  TimeZone: "'Asia/Kolkata'",
  timezone_abbreviations: "'India'",
  extra_float_digits: "-3",
  bytea_output: "'escape'",
  xmloption: "'document'",
  client_encoding: "'LATIN1'",
  array_nulls: "off",
  quote_all_identifiers: "on",
  standard_conforming_strings: "off",
  transform_null_equals: "on",
  gin_fuzzy_search_limit: "1",
  default_transaction_isolation: "'serializable'",
  default_transaction_read_only: "on",
  synchronous_commit: "off",
  search_path: "'elsewhere'",
  idle_in_transaction_session_timeout: "'1ms'",
  lock_timeout: "'1ms'",
};

const COLUMNS = `id int PRIMARY KEY, d date, at timestamptz, old timestamptz, y bytea, f double precision, r real, i interval,
  k regclass, s text, a text[]`;
const VALUES = `'2024-02-03', '2024-07-01 12:00:00+00', '1880-01-01 00:00:00+00', '\\x01fe', 0.1234567890123456, 0.1234567,
  '1 year 2 days 03:04:05', 'public.t', 'é€', '{NULL,a}'`;
const HERE = tableOf(
  `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, d DATE, at TIMESTAMP, old TIMESTAMP, y VARBINARY, f DOUBLE, r REAL, i VARCHAR,
     k VARCHAR, s VARCHAR, a VARCHAR ARRAY)`,
);
const EXPECTED = [
  19_756,
  1_719_835_200_000_000_000n,
  -2_840_140_800_000_000_000n,
  new Uint8Array([1, 254]),
  0.1234567890123456,
  Math.fround(0.1234567),
  "1 year 2 days 03:04:05",
  "public.t",
  "é€",
  [null, "a"],
];

const EVERY_WAY = {
  copied: [["insert", [1, ...EXPECTED]]],
  changed: [["insert", [2, ...EXPECTED]]],
  // The role's search path, by which names in the query are found, does not have `public`.
  queried: [1, 2].map((id) => [id, ...EXPECTED]),
};

/** Copies one row and follows the change of another, then reads both by a query. */
async function readEveryWay(place: Database, uri: string): Promise<Record<string, unknown>> {
  const slot = `slot_${new URL(uri).pathname.slice(1)}`;
  const config = { uri, publication: "p", source_table: "public.t", slot };
  await using following = new Following(await openSource({ table: HERE, config }));
  const copied = await following.until(await covering(following));
  await place.query("INSERT INTO public.t SELECT 2, d, at, old, y, f, r, i, k, s, a FROM public.t");
  const changed = await following.until(await covering(following));
  const query = "SELECT * FROM public.t ORDER BY id";
  const factory = postgresInput(SYSTEM_CLOCK);
  await using source = await openSource({ table: HERE, config: { uri, query }, factory });
  const [batch] = await take(source, 1);
  return { copied, changed, queried: batch?.changes.rows };
}

/** Settings that a new session did not set itself. */
async function leftAlone(uri: string, names: "ours" | "user's"): Promise<ReadonlySet<string>> {
  await using session = new Session({ uri, shown: "here", ssl: undefined }, "test", { names });
  const rows = await session.rows(
    `SELECT name FROM pg_settings WHERE context IN ('user', 'superuser') AND source <> 'session'
        AND category ~ 'Locale and Formatting|Statement Behavior|Compatibility|Other Defaults'`,
  );
  return new Set(rows.map((row) => String(row["name"])));
}

/** One table with a row of all that settings change. */
async function prepared(database: Database): Promise<void> {
  await database.query(`CREATE TABLE public.t (${COLUMNS})`);
  await database.query(`INSERT INTO public.t VALUES (1, ${VALUES})`);
  await database.query("CREATE PUBLICATION p FOR TABLE public.t");
}

withPostgres((database) => {
  test("P15: settings of the database and of the role change no value", async () => {
    await prepared(database());
    const { name } = database();
    const role = `r_${name.slice(-12)}`;
    await database().query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'r'`);
    const own = new URL(database().url);
    own.username = role;
    own.password = "r";
    try {
      const admin = new URL(database().url);
      admin.searchParams.set("options", "-c default_transaction_read_only=off");
      for (const scope of [`DATABASE ${name}`, `ROLE ${role}`]) {
        for (const [setting, value] of Object.entries(HOSTILE)) {
          await databaseAt(admin.href).query(`ALTER ${scope} SET ${setting} = ${value}`);
        }
        expect(await readEveryWay(databaseAt(admin.href), own.href)).toEqual(EVERY_WAY);
        await databaseAt(admin.href).query("DELETE FROM public.t WHERE id > 1");
        await databaseAt(admin.href).query(
          "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active",
        );
        await databaseAt(admin.href).query(`ALTER ${scope} RESET ALL`);
      }
    } finally {
      await database().query(`DROP ROLE ${role}`);
    }
  });

  test("P15: texts of a database in another encoding are the same in the copy and in changes", async () => {
    const name = `latin_${database().name.slice(-12)}`;
    await database().query(
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    const url = new URL(database().url);
    url.pathname = `/${name}`;
    const latin = databaseAt(url.href);
    await latin.query("CREATE TABLE t (id int PRIMARY KEY, s text)");
    await latin.query("INSERT INTO t VALUES (1, 'é')");
    await latin.query("CREATE PUBLICATION p FOR TABLE t");
    const table = tableOf("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, s VARCHAR)");
    const slot = `slot_${name}`;
    const config = { uri: url.href, publication: "p", source_table: "public.t", slot };
    try {
      await using following = new Following(await openSource({ table, config }));
      expect(await following.until(await covering(following))).toEqual([["insert", [1, "é"]]]);
      await latin.query("INSERT INTO t SELECT 2, s FROM t");
      expect(await following.until(await covering(following))).toEqual([["insert", [2, "é"]]]);
    } finally {
      await dropSlot(latin, slot);
      await database().query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  test("P15: a commit that is acknowledged outlives a crash, whatever the database has set", async () => {
    const { name, url: uri } = database();
    const shown: unknown[] = [];
    for (const level of ["off", "local", "remote_apply"]) {
      await database().query(`ALTER DATABASE ${name} SET synchronous_commit = ${level}`);
      await using session = new Session({ uri, shown: "here", ssl: undefined }, "test");
      shown.push((await session.rows("SHOW synchronous_commit"))[0]?.["synchronous_commit"]);
    }
    await database().query(`ALTER DATABASE ${name} RESET synchronous_commit`);
    expect(shown).toEqual(["on", "local", "remote_apply"]);
  });

  test("P15: every setting that a session can change is pinned, or known to change no value", async () => {
    const { url } = database();
    const names = new Set(["search_path"]);
    expect((await leftAlone(url, "ours")).difference(HARMLESS)).toEqual(new Set());
    expect((await leftAlone(url, "user's")).difference(HARMLESS)).toEqual(names);
  });
});

withPostgresServer((server) => {
  test("P15: settings of the server change no value", async () => {
    await prepared(server());
    await server().stop();
    const bare = Object.entries(HOSTILE).map(([name, value]) => [name, value.replaceAll("'", "")]);
    await server().start(Object.fromEntries(bare));
    const admin = new URL(server().url);
    admin.searchParams.set("options", "-c default_transaction_read_only=off");
    expect(await readEveryWay(databaseAt(admin.href), server().url)).toEqual(EVERY_WAY);
  });
});

/** What they change is how a statement runs, where its data is kept, or what is said of it. */
const HARMLESS: ReadonlySet<string> = new Set([
  "check_function_bodies",
  "client_min_messages",
  "createrole_self_grant",
  "default_table_access_method",
  "default_tablespace",
  "default_text_search_config",
  "default_toast_compression",
  "dynamic_library_path",
  "escape_string_warning",
  "event_triggers",
  "extension_control_path",
  "gin_pending_list_limit",
  "icu_validation_level",
  "lc_messages",
  "lo_compat_privileges",
  "restrict_nonsystem_relation_kind",
  // Only a superuser may set it: for a role that has it set, triggers are meant not to run.
  "session_replication_role",
  "synchronize_seqscans",
  "temp_tablespaces",
  "transaction_deferrable",
  "transaction_isolation",
  "transaction_read_only",
  "vacuum_cost_delay",
  "vacuum_failsafe_age",
  "vacuum_freeze_min_age",
  "vacuum_freeze_table_age",
  "vacuum_multixact_failsafe_age",
  "vacuum_multixact_freeze_min_age",
  "vacuum_multixact_freeze_table_age",
]);
