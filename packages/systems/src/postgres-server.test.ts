/** Every fault that the PostgreSQL kit offers really happens. */
import { expect, test } from "vitest";

import { isHalted } from "./process-tree.ts";
import {
  createDatabase,
  createSlot,
  databaseAt,
  dropSlot,
  recreateSlot,
} from "./postgres-database.ts";
import { withPostgresServer } from "./postgres.ts";

withPostgresServer((server) => {
  const rows = async (sql: string) => (await server().query(sql)).map((row) => Object.values(row));

  test("a server decodes its log for replication, and takes only those who know the password", async () => {
    expect(await rows("SHOW wal_level")).toEqual([["logical"]]);
    const stranger = server().url.replace("for-tests-only", "guessed");
    await expect(databaseAt(stranger).query("SELECT 1")).rejects.toThrow("password");
  });

  test("a database of one's own is empty, and is dropped with its slots", async () => {
    const database = await createDatabase(server());
    await database.query("CREATE TABLE t (x int)");
    await createSlot(database, "left_behind");
    await database[Symbol.asyncDispose]();
    expect(await rows("SELECT 1 FROM pg_replication_slots")).toEqual([]);
    expect(
      await server().query("SELECT 1 FROM pg_database WHERE datname = $1", [database.name]),
    ).toEqual([]);
  });

  test("a killed server takes its sessions along, and has every commit when it is started again", async () => {
    await server().query("CREATE TABLE kept (x int)");
    await server().query("INSERT INTO kept VALUES (7)");
    const asleep = server()
      .query("SELECT pg_sleep(600)")
      .catch((error: unknown) => error);
    await sessionAsleep(rows);
    await server().kill();
    expect(await asleep).toBeInstanceOf(Error);
    await expect(server().query("SELECT 1")).rejects.toThrow("ECONNREFUSED");
    await server().start();
    expect(await rows("SELECT x FROM kept")).toEqual([[7]]);
    expect(server().log()).toContain("not properly shut down");
  });

  test("a restarted server was shut down in good order and is at the same address", async () => {
    const before = server().url;
    await server().restart();
    expect(server().url).toBe(before);
    expect(server().log()).toContain("database system is shut down");
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  test("a paused server answers nothing until it goes on", async () => {
    const asleep = server()
      .query("SELECT pg_sleep(600)")
      .catch((error: unknown) => error);
    await sessionAsleep(rows);
    const [session] = await rows(ASLEEP);
    await server().pause();
    expect(isHalted(Number(session?.[0]))).toBe(true);
    const asked = server().query("SELECT 1 AS one");
    server().resume();
    expect(await asked).toEqual([{ one: 1 }]);
    await server().query("SELECT pg_terminate_backend($1)", [session?.[0]]);
    expect(await asleep).toBeInstanceOf(Error);
  });

  test("a slot that is made again stands at the head, and knows nothing of what was before", async () => {
    await createSlot(server(), "again");
    await server().query("CREATE TABLE unread AS SELECT 1");
    const [before] = await rows(SLOT_POSITION);
    await recreateSlot(server(), "again");
    const [after] = await rows(SLOT_POSITION);
    expect(after?.[0]).not.toBe(before?.[0]);
    await dropSlot(server(), "again");
    await expect(dropSlot(server(), "again")).rejects.toThrow("no slot again");
  });

  test("a promoted standby has what it caught up with, on a new timeline of the same system", async () => {
    await server().query("CREATE TABLE copied AS SELECT 5 AS x");
    const standby = await server().standby();
    await standby.caughtUpWith(server());
    await expect(standby.query("CREATE TABLE refused ()")).rejects.toThrow("read-only");
    await server().kill();
    await standby.promote();
    await standby.query("INSERT INTO copied VALUES (6)");
    expect(await standby.query("SELECT x FROM copied ORDER BY x")).toEqual([{ x: 5 }, { x: 6 }]);
    const timeline = "SELECT timeline_id FROM pg_control_checkpoint()";
    const system = "SELECT system_identifier::text FROM pg_control_system()";
    const [promoted] = await standby.query(system);
    expect(await standby.query("SELECT pg_walfile_name(pg_current_wal_lsn()) AS f")).toEqual([
      { f: expect.stringMatching(/^00000002/) },
    ]);
    await server().start();
    expect((await server().query(system))[0]).toEqual(promoted);
    expect(await rows(timeline)).toEqual([[1]]);
  });
});

const ASLEEP = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
const SLOT_POSITION =
  "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = 'again'";

async function sessionAsleep(rows: (sql: string) => Promise<unknown[][]>): Promise<void> {
  while ((await rows(ASLEEP)).length === 0);
}
