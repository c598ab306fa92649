/** What befalls a real PostgreSQL server while its changes are followed. */

import { type Progress } from "@tidemark/connector";
import {
  createSlot,
  databaseAt,
  dropSlot,
  recreateSlot,
  TcpProxy,
  withPostgresServer,
} from "@tidemark/systems";
import { expect, test } from "vitest";

import { covering, Following, openSource, tableOf } from "./testing/opening.ts";

const { signal } = new AbortController();
const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");

let names = 0;

withPostgresServer((server) => {
  /** A table of its own, published, and how a source of its changes is opened. */
  async function place(url = server().url) {
    const name = `t${(names += 1)}`;
    await server().query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, name text)`);
    await server().query(`CREATE PUBLICATION p_${name} FOR TABLE ${name}`);
    const slot = `slot_${name}`;
    const config = { uri: url, publication: `p_${name}`, source_table: name, slot };
    const troubles: string[] = [];
    const told = Promise.withResolvers<string>();
    const trouble = (message: string | undefined): void => {
      if (message === undefined) return;
      troubles.push(message);
      told.resolve(message);
    };
    const follow = async (given: { readonly resume?: Progress; readonly uri?: string } = {}) => {
      const { uri = url, resume } = given;
      const resuming = resume === undefined ? {} : { resume, epoch: 2 };
      return new Following(
        await openSource({ table: KEYED, config: { ...config, uri }, trouble, ...resuming }),
      );
    };
    return { name, slot, follow, troubles, told: told.promise };
  }

  test("a server that is killed and started again is followed on, and named meanwhile", async () => {
    const { name, follow, told, troubles } = await place();
    await using following = await follow();
    await following.until(await covering(following));
    await server().query(`INSERT INTO ${name} VALUES (1, 'before')`);
    await server().kill();
    const next = following.next();
    expect(await told).toMatch(/ECONN|terminat|closed/u);
    await server().start();
    await server().query(`INSERT INTO ${name} VALUES (2, 'after')`);
    const first = await next;
    following.commit(first);
    const rest = await following.until(await covering(following));
    const rows = [...first.changes.rows, ...rest.map(([, row]) => row)];
    expect(rows).toEqual([
      [1n, "before"],
      [2n, "after"],
    ]);
    expect(troubles.join()).not.toContain(new URL(server().url).password);
  });

  test("a server that halts is followed on when it goes on", async () => {
    const { name, follow } = await place();
    await using following = await follow();
    const covers = await covering(following);
    await following.until(covers);
    await server().query(`INSERT INTO ${name} VALUES (1, 'x')`);
    await server().pause();
    const after = covering(following);
    server().resume();
    expect(await following.until(await after)).toEqual([["insert", [1n, "x"]]]);
  });

  test("connections that are cut are made again, and no change is missed or doubled", async () => {
    await using proxy = await TcpProxy.open(server().port);
    const { name, follow } = await place(server().urlAt(proxy.port));
    await using following = await follow();
    await following.until(await covering(following));
    const seen: unknown[] = [];
    for (let id = 1; id <= 3; id += 1) {
      proxy.cut();
      await server().query(`INSERT INTO ${name} VALUES (${id}, 'x')`);
      seen.push(...(await following.until(await coveringSoon(following))));
    }
    expect(seen).toEqual([1n, 2n, 3n].map((id) => ["insert", [id, "x"]]));
  });

  test("P4: a slot that is made anew while the connection is lost ends the number line", async () => {
    await using proxy = await TcpProxy.open(server().port);
    const { name, slot, follow } = await place(server().urlAt(proxy.port));
    await using following = await follow();
    await following.until(await covering(following));
    const lost = following.untilLost();
    await proxy.refuse();
    await server().query(`INSERT INTO ${name} VALUES (1, 'missed')`);
    await recreateSlot(server(), slot);
    await server().query(`INSERT INTO ${name} VALUES (2, 'given')`);
    await proxy.heal();
    expect(await lost).toEqual([]);
    await expect(following.next()).rejects.toThrow("made anew or moved on by someone else");
  });

  test("a slot that somebody else reads is waited for, and named", async () => {
    const { name, follow, told } = await place();
    await using first = await follow();
    await first.until(await covering(first));
    const waiting = first.next();
    await using second = await follow({ resume: first.last });
    const next = second.next();
    expect(await told).toMatch(/is active for PID/u);
    await first[Symbol.asyncDispose]();
    await waiting.catch(() => undefined);
    await server().query(`INSERT INTO ${name} VALUES (1, 'x')`);
    await next;
    expect(second.last.incarnation).toBe(first.source.start.incarnation);
  });

  test("a server without a free slot is named, and read once there is one", async () => {
    const { follow, told } = await place();
    const others: string[] = [];
    for (;;) {
      const other = `other_${others.length}`;
      const full = await createSlot(server(), other).then(
        () => false,
        () => true,
      );
      if (full) break;
      others.push(other);
    }
    await using following = await follow();
    const next = following.next();
    expect(await told).toMatch(/all replication slots are in use/u);
    for (const other of others) await dropSlot(server(), other);
    expect((await next).incarnation).toBe(following.source.start.incarnation);
  });

  test("P3: a slot that is made on a standby after it has taken over lacks changes, which ends what came from the server before, and says what to do", async () => {
    const { name, slot, follow } = await place();
    await using before = await follow();
    await server().query(`INSERT INTO ${name} VALUES (1, 'x')`);
    await before.until(await covering(before));
    await before[Symbol.asyncDispose]();
    const standby = await server().standby();
    await standby.caughtUpWith(server());
    await expect(follow({ resume: before.last, uri: standby.url })).rejects.toThrow("a standby");
    await standby.promote();
    await createSlot(databaseAt(standby.url), slot);
    await using after = await follow({ resume: before.last, uri: standby.url });
    expect(after.source.start.incarnation).not.toBe(before.last.incarnation);
    await expect(after.next()).rejects.toThrow(
      /from timeline 1 to 2.* clear the pipeline's storage/u,
    );
  });
});

withPostgresServer((server) => {
  test("a server whose log holds no changes is refused, with the setting that is needed", async () => {
    await server().query("CREATE TABLE t (id bigint PRIMARY KEY, name text)");
    await server().stop();
    await server().start({ wal_level: "replica" });
    const config = { uri: server().url, publication: "p", source_table: "t" };
    await expect(openSource({ table: KEYED, config })).rejects.toThrow(
      /wal_level=replica; set it to logical and restart the server/u,
    );
  });
});

/** As `covering`, asked until the source can tell. */
async function coveringSoon(following: Following): ReturnType<typeof covering> {
  for (;;) {
    try {
      return await covering(following);
    } catch {
      signal.throwIfAborted();
    }
  }
}
