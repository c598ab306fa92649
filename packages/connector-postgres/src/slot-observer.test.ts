/** Progress of others, seen at replication slots of a real PostgreSQL. */

import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Observed, type Observer, SYSTEM_CLOCK } from "@tidemark/connector";
import { type Claim, connectorId, EMPTY, judge, type Verdict } from "@tidemark/core";
import {
  createSlot,
  type Database,
  dropSlot,
  recreateSlot,
  withPostgres,
  withPostgresServer,
} from "@tidemark/systems";
import { expect, test } from "vitest";

import { ReplicationStream } from "./replication-stream.ts";
import { slotObservers } from "./slot-observer.ts";
import { SlotReadings } from "./slot-reading.ts";
import { Session } from "./session.ts";
import { declared, tableOf } from "./testing/opening.ts";

const { signal } = new AbortController();
const TABLE = tableOf("CREATE TABLE t (id BIGINT)");
const CONNECTOR = connectorId("c");

let slots = 0;

async function slotOf(database: Database): Promise<string> {
  const slot = `observed_${randomUUID().replaceAll("-", "")}_${(slots += 1)}`;
  await createSlot(database, slot, "test_decoding");
  return slot;
}

async function observing(
  database: Database,
  slot: string,
  other: Readonly<Record<string, string>> = {},
  directory = mkdtempSync(join(tmpdir(), "tidemark-")),
): Promise<Observer> {
  const factory = slotObservers("postgres_cdc_input");
  const config = { uri: database.url, slot, level: "processed", ...other };
  const connector = declared(factory.transport, config);
  factory.validate(connector, TABLE);
  return factory.open({ table: TABLE, connector, endpoint: "t.c", life: "p", directory });
}

/** Writes, and answers the receipt. */
async function write(database: Database): Promise<string> {
  await database.query("CREATE TABLE IF NOT EXISTS t (id bigint)");
  await database.query("INSERT INTO t VALUES (1)");
  const [row] = await database.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
  return String(row?.["lsn"]);
}

/** What the engine outside does: takes everything and confirms it. */
async function consume(database: Database, slot: string): Promise<void> {
  await database.query("SELECT pg_replication_slot_advance($1, pg_current_wal_flush_lsn())", [
    slot,
  ]);
}

async function claimed(observer: Observer, receipt: string): Promise<Claim> {
  const progress = await observer.receipt?.(receipt, { signal });
  if (progress === undefined) throw new TypeError("the observer takes receipts");
  return { connector: CONNECTOR, ...progress, level: "processed" };
}

function nothing(): undefined {}

async function verdict(observer: Observer, claim: Claim): Promise<Verdict> {
  const observed: Observed = await observer.observe({ wanted: claim.frontier, signal });
  const { level } = observer.tells;
  return judge(claim, { connector: CONNECTOR, atMs: 0, level, ended: nothing, ...observed });
}

withPostgres((database) => {
  test("P17: a plain LSN from inside a transaction that has ended covers its commit", async () => {
    const slot = await slotOf(database());
    await using observer = await observing(database(), slot);
    await database().query("CREATE TABLE IF NOT EXISTS t (id bigint)");
    await database().query(
      "CREATE TABLE inside AS SELECT ''::text AS lsn; BEGIN; INSERT INTO t VALUES (1); UPDATE inside SET lsn = pg_current_wal_insert_lsn()::text; COMMIT",
    );
    const [row] = await database().query("SELECT lsn FROM inside");
    const claim = await claimed(observer, String(row?.["lsn"]));
    await database().query("SELECT pg_replication_slot_advance($1, $2)", [slot, row?.["lsn"]]);
    expect((await verdict(observer, claim)).kind).toBe("pending");
    await consume(database(), slot);
    expect((await verdict(observer, claim)).kind).toBe("complete");
  });

  test("a write is complete once the reader has confirmed it, and not before", async () => {
    const slot = await slotOf(database());
    await using observer = await observing(database(), slot);
    const claim = await claimed(observer, await write(database()));
    expect(await verdict(observer, claim)).toMatchObject({
      kind: "pending",
      reasons: [{ code: "slot-inactive", message: `nobody reads from replication slot '${slot}'` }],
    });
    await consume(database(), slot);
    expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
  });

  test("the head covers every write that was acknowledged before it was asked for", async () => {
    const slot = await slotOf(database());
    await using observer = await observing(database(), slot);
    const written = await claimed(observer, await write(database()));
    const head = await observer.head({ signal });
    expect(head.frontier.positions[0]?.[1]).toBeGreaterThanOrEqual(
      written.frontier.positions[0]?.[1] ?? 0n,
    );
    await consume(database(), slot);
    const claim = { connector: CONNECTOR, ...head, level: "processed" } as const;
    expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
  });

  test("P2: what a slot confirms is received, unless the operator vouches for more", async () => {
    const slot = await slotOf(database());
    const { url } = database();
    await using cautious = await observing({ ...database(), url }, slot, { level: "received" });
    expect(cautious.tells.level).toBe("received");
    const claim = await claimed(cautious, await write(database()));
    await consume(database(), slot);
    expect((await verdict(cautious, claim)).kind).toBe("unknown");
    expect((await verdict(cautious, { ...claim, level: "received" })).kind).toBe("complete");
    await expect(observing(database(), slot, { level: "perhaps" })).rejects.toThrow("'level'");
  });

  test.each([
    ["dropped", "read"],
    ["made anew", "read"],
    ["dropped", "never read"],
    ["made anew", "never read"],
  ])(
    "P4: tokens on a slot that was %s and had been %s are lost, although its position would cover them",
    async (what, read) => {
      const slot = await slotOf(database());
      await using observer = await observing(database(), slot);
      const claim = await claimed(observer, await write(database()));
      if (read === "read") {
        const peek = "SELECT count(*) FROM pg_logical_slot_peek_changes($1, NULL, NULL)";
        await database().query(peek, [slot]);
      }
      expect((await verdict(observer, claim)).kind).toBe("pending");
      if (what === "dropped") {
        await dropSlot(database(), slot);
        await verdict(observer, claim);
        await createSlot(database(), slot, "test_decoding");
      } else {
        await recreateSlot(database(), slot);
      }
      expect((await verdict(observer, claim)).kind).toBe("lost");
    },
  );

  test("P4: a slot that was seen to be made anew is another one after a restart of ours as well", async () => {
    const slot = await slotOf(database());
    const directory = mkdtempSync(join(tmpdir(), "tidemark-"));
    const restarted = (): Promise<Observer> => observing(database(), slot, {}, directory);
    const first = await restarted();
    const early = await claimed(first, await write(database()));
    await recreateSlot(database(), slot);
    const late = await claimed(first, await write(database()));
    await consume(database(), slot);
    await first[Symbol.asyncDispose]();
    await using second = await restarted();
    expect((await verdict(second, early)).kind).toBe("lost");
    expect(await verdict(second, late)).toEqual({ kind: "complete" });
    await recreateSlot(database(), slot);
    await using third = await restarted();
    expect((await verdict(third, late)).kind).toBe("lost");
  });

  test("P20: a write from before the slot is refused, as its reader is never given it, also after a restart of ours", async () => {
    const before = await write(database());
    const slot = await slotOf(database());
    const directory = mkdtempSync(join(tmpdir(), "tidemark-"));
    const mine = await (async () => {
      await using observer = await observing(database(), slot, {}, directory);
      await expect(claimed(observer, before)).rejects.toMatchObject({
        kind: "gone",
        message: expect.stringContaining(`replication slot '${slot}' was confirmed to`),
      });
      return write(database());
    })();
    await consume(database(), slot);
    await using again = await observing(database(), slot, {}, directory);
    expect(await verdict(again, await claimed(again, mine))).toEqual({ kind: "complete" });
    await expect(claimed(again, before)).rejects.toMatchObject({ kind: "gone" });
    await recreateSlot(database(), slot);
    await expect(claimed(again, mine)).rejects.toMatchObject({ kind: "gone" });
  });

  test("P1: a reader that was sent everything and confirms nothing is named, and holds its tokens back", async () => {
    const slot = `observed_${randomUUID().replaceAll("-", "")}`;
    await createSlot(database(), slot, "pgoutput");
    await database().query("CREATE PUBLICATION nothing");
    await using observer = await observing(database(), slot);
    const target = { uri: database().url, shown: "here", ssl: undefined };
    await using reader = await ReplicationStream.open(target, SYSTEM_CLOCK, 0n);
    reader.start(slot, "nothing");
    const claim = await claimed(observer, await write(database()));
    const wanted = claim.frontier.positions[0]?.[1] ?? 0n;
    for (let sent = 0n; sent < wanted;) {
      for (const one of await reader.take({ signal })) if (one.kind === "reached") sent = one.end;
    }
    expect(await verdict(observer, claim)).toMatchObject({
      kind: "pending",
      reasons: [{ code: "slot-idle" }],
    });
    reader.confirm(wanted);
    while ((await verdict(observer, claim)).kind === "pending") signal.throwIfAborted();
    expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
  });

  test("P7: of two slots each must have confirmed a write, and one that is gone never counts as having", async () => {
    const [one, other] = [await slotOf(database()), await slotOf(database())];
    await using first = await observing(database(), one);
    await using second = await observing(database(), other);
    const receipt = await write(database());
    const claims = [await claimed(first, receipt), await claimed(second, receipt)] as const;
    const kinds = async (): Promise<readonly string[]> => [
      (await verdict(first, claims[0])).kind,
      (await verdict(second, claims[1])).kind,
    ];
    await consume(database(), one);
    expect(await kinds()).toEqual(["complete", "pending"]);
    await dropSlot(database(), other);
    expect(await kinds()).toEqual(["complete", "lost"]);
  });

  test("P9: asking takes nothing away: the same question has the same answer, whoever asked before", async () => {
    const slot = await slotOf(database());
    await using observer = await observing(database(), slot);
    await using another = await observing(database(), slot);
    const claim = await claimed(observer, await write(database()));
    expect((await verdict(another, claim)).kind).toBe("pending");
    await consume(database(), slot);
    for (const each of [observer, another, observer]) {
      expect(await verdict(each, claim)).toEqual({ kind: "complete" });
    }
  });

  test("H2: all who ask at once, and all who ask meanwhile, cost one round of statements each", async () => {
    const slot = await slotOf(database());
    const other = await slotOf(database());
    const uri = database().url;
    await using session = new Session({ uri, shown: "here", ssl: undefined }, "test");
    const readings = new SlotReadings(session);
    const asked = Array.from({ length: 10_000 }, (_, i) =>
      readings.of(i % 2 === 0 ? slot : other, { signal }),
    );
    const all = await Promise.all(asked);
    expect(all.every((reading) => reading.slot !== undefined)).toBe(true);
    expect(readings.rounds).toBe(1);
  });

  test("a slot that is not there is said at the start, with who makes it", async () => {
    await expect(observing(database(), "no_such_slot")).rejects.toThrow(
      "no replication slot 'no_such_slot'; it is made by the engine that reads from it",
    );
  });
});

withPostgresServer((server) => {
  test("a server that does not answer is no reading, and the next one after it does is", async () => {
    const slot = await slotOf(server());
    await write(server());
    await server().query("SELECT count(*) FROM pg_logical_slot_peek_changes($1, NULL, NULL)", [
      slot,
    ]);
    await using observer = await observing(server(), slot);
    const claim = await claimed(observer, await write(server()));
    await server().kill();
    await expect(observer.observe({ wanted: EMPTY, signal })).rejects.toThrow(/ECONN|terminat/u);
    await server().start();
    // A crash has the server forget what it counted, which does not make it another slot.
    expect((await verdict(observer, claim)).kind).toBe("pending");
    await consume(server(), slot);
    expect((await verdict(observer, claim)).kind).toBe("complete");
  });

  test("P3: after a failover what was written before the switch is judged, what came after it is lost", async () => {
    const slot = await slotOf(server());
    await using before = await observing(server(), slot);
    const early = await claimed(before, await write(server()));
    const standby = await server().standby();
    await standby.caughtUpWith(server());
    await server().pause();
    await standby.promote();
    server().resume();
    const late = await claimed(before, await write(server()));
    await createSlot(standby, slot);
    await using after = await observing(standby, slot);
    await consume(standby, slot);
    expect(await verdict(after, early)).toEqual({ kind: "complete" });
    expect(await verdict(after, late)).toMatchObject({ kind: "lost", reason: "beyond-end" });
  });
});
