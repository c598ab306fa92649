/** Failing over to a standby that has the slot, while a real PostgreSQL's changes are followed. */

import { type Batch, type Progress, type Row, UnreadableError } from "@tidemark/connector";
import {
  type Claim,
  connectorId,
  EMPTY,
  type EndedIncarnation,
  type Frontier,
  type Incarnation,
  judge,
  lessEqual,
  type Verdict,
} from "@tidemark/core";
import { type PostgresServer, TcpProxy, withPostgresServer } from "@tidemark/systems";
import { expect, test } from "vitest";

import { covering, Following, openSource, tableOf, untilFault } from "./testing/opening.ts";

const { signal } = new AbortController();
const KEYED = tableOf("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)");
const CONNECTOR = connectorId("c");
const LEVEL = { level: "processed" } as const;

const STREAM_ENDS =
  "SELECT pg_terminate_backend(active_pid, 1000) FROM pg_replication_slots WHERE slot_name = $1";

let names = 0;

/** What a pump knows of what it was given: the rows by their number lines, and how far each came. */
class Given {
  readonly rows: (readonly [Incarnation, Row[0]])[] = [];
  readonly #lines = new Map<Incarnation, Frontier>();
  #last: Incarnation;

  constructor({ incarnation, frontier }: Progress) {
    this.#last = incarnation;
    this.#lines.set(incarnation, frontier);
  }

  take({ incarnation, frontier, changes }: Batch): void {
    const before = this.#lines.get(incarnation);
    if (before !== undefined) {
      expect(incarnation).toBe(this.#last);
      expect(lessEqual(before, frontier)).toBe(true);
    }
    this.#last = incarnation;
    this.#lines.set(incarnation, frontier);
    for (const [id] of changes.rows) this.rows.push([incarnation, id]);
  }

  verdict({ incarnation, frontier }: Progress): Verdict["kind"] {
    const claim: Claim = { connector: CONNECTOR, incarnation, frontier, ...LEVEL };
    const last = this.#last;
    const reached = this.#lines.get(last) ?? EMPTY;
    const ended = (sought: Incarnation): EndedIncarnation | undefined => {
      const final = sought === last ? undefined : this.#lines.get(sought);
      return final && { incarnation: sought, finalFrontier: final, frontier: final };
    };
    const observed = { incarnation: last, frontier: reached, ended, reasons: [] };
    return judge(claim, { connector: CONNECTOR, atMs: 0, ...LEVEL, ...observed }).kind;
  }
}

async function headOf({ source }: Following): Promise<Progress> {
  const head = await source.head?.({ signal });
  if (head === undefined) throw new TypeError("the source tells its head");
  return head;
}

/** Reads until a row has come. */
async function upTo(begun: Following, id: bigint): Promise<Given> {
  const given = new Given(begun.last);
  while (given.rows.at(-1)?.[1] !== id) {
    const batch = await begun.next();
    given.take(batch);
    begun.commit(batch);
  }
  return given;
}

withPostgresServer((server) => {
  /** A table that is followed through an address that leads to the primary, and a standby of it. */
  async function place({ partitioned = false } = {}) {
    const stack = new AsyncDisposableStack();
    const address = stack.use(await TcpProxy.open(server().port));
    const cable = stack.use(await TcpProxy.open(server().port));
    const standby = await server().standby({ through: cable });
    const name = `t${(names += 1)}`;
    const [partition, ...below] = partitioned
      ? ["PARTITION BY RANGE (id)", `CREATE TABLE ${name}_1 PARTITION OF ${name} DEFAULT`]
      : [""];
    for (const statement of [
      `CREATE TABLE ${name} (id bigint PRIMARY KEY, name text) ${partition}`,
      ...below,
      `CREATE PUBLICATION p_${name} FOR TABLE ${name} WITH (publish_via_partition_root = true)`,
    ]) {
      await server().query(statement);
    }
    const slot = `slot_${name}`;
    const uri = server().urlAt(address.port);
    const config = { uri, publication: `p_${name}`, source_table: name, slot };
    const follow = async (resume?: Progress): Promise<Following> => {
      const resuming = resume === undefined ? {} : { resume, epoch: 2 };
      return new Following(await openSource({ table: KEYED, config, ...resuming }));
    };
    const write = async (to: PostgresServer, id: number): Promise<void> => {
      await to.query(`INSERT INTO ${name} VALUES (${id}, 'x')`);
    };
    /** From now on the standby receives nothing. */
    const cutOff = async (): Promise<void> => {
      await standby.caughtUpWith(server());
      await cable.refuse();
    };
    const failOver = async ({ withSlot = true, cut = "all" } = {}): Promise<void> => {
      if (withSlot) await standby.takeSlot(server(), slot);
      await standby.promote();
      address.redirect(standby.port);
      if (cut === "all") address.cut();
      else await server().query(STREAM_ENDS, [slot]);
    };
    const dispose = (): Promise<void> => stack.disposeAsync();
    return { name, follow, write, cutOff, failOver, standby, [Symbol.asyncDispose]: dispose };
  }

  test.each(["reads on", "is started again"])(
    "P3: a source that %s after a failover gives what lies before the switch on the old line, and the rest on a new one; what only the old primary had is lost",
    async (how) => {
      await using around = await place();
      const { name, follow, write, cutOff, failOver, standby } = around;
      let begun = await follow();
      await begun.until(await covering(begun));
      await write(server(), 1);
      // Not a change of what is followed, and all the same before the switch.
      await server().query(`CREATE TABLE beside_${name} ()`);
      const between = await headOf(begun);
      await cutOff();
      await write(server(), 2);
      const only = await headOf(begun);
      const restarts = how === "is started again";
      if (restarts) await begun[Symbol.asyncDispose]();
      await failOver();
      await write(standby, 3);
      if (restarts) begun = await follow(begun.last);
      const old = between.incarnation;
      expect(begun.source.start.incarnation).toBe(old);
      await expect(headOf(begun)).rejects.toThrow(restarts ? UnreadableError : Error);
      const given = await upTo(begun, 3n);
      const { incarnation } = begun.last;
      expect(incarnation).not.toBe(old);
      expect(given.rows).toEqual([
        [old, 1n],
        [incarnation, 3n],
      ]);
      expect([between, only].map((head) => given.verdict(head))).toEqual(["complete", "lost"]);
      const batch = begun.next();
      await write(standby, 4);
      begun.commit(await batch);
      expect((await headOf(begun)).incarnation).toBe(incarnation);
      await begun[Symbol.asyncDispose]();
      await using again = await follow(begun.last);
      expect(again.source.start.incarnation).toBe(incarnation);
      await write(standby, 5);
      expect((await upTo(again, 5n)).rows.every(([line]) => line === incarnation)).toBe(true);
    },
  );

  test("P3: a source that had read all before a failover ends the old line at the switch, without a change", async () => {
    await using around = await place();
    const { follow, write, cutOff, failOver, standby } = around;
    await using begun = await follow();
    await write(server(), 1);
    const all = await headOf(begun);
    await begun.until(await covering(begun));
    await cutOff();
    await failOver();
    await write(standby, 2);
    const given = await upTo(begun, 2n);
    expect(given.rows).toEqual([[begun.last.incarnation, 2n]]);
    expect(begun.last.incarnation).not.toBe(all.incarnation);
    expect(given.verdict(all)).toBe("complete");
  });

  test("P3: connections that stay with the old primary are left for the one that took over", async () => {
    await using around = await place();
    const { follow, write, cutOff, failOver, standby } = around;
    await using begun = await follow();
    await begun.until(await covering(begun));
    const old = begun.last.incarnation;
    await cutOff();
    await write(server(), 1);
    await failOver({ cut: "stream" });
    expect((await headOf(begun)).incarnation).toBe(old);
    await write(standby, 2);
    const given = await upTo(begun, 2n);
    expect(given.rows).toEqual([[begun.last.incarnation, 2n]]);
    const next = begun.next();
    await write(standby, 3);
    begun.commit(await next);
    await expect(headOf(begun)).rejects.toThrow(UnreadableError);
    expect((await headOf(begun)).incarnation).toBe(begun.last.incarnation);
  });

  test("P3: a partition with another file than before a failover is at fault, as transactions of two timelines share their numbers", async () => {
    await using around = await place({ partitioned: true });
    const { name, follow, write, cutOff, failOver, standby } = around;
    await write(server(), 1);
    await using begun = await follow();
    await begun.until(await covering(begun));
    await cutOff();
    await failOver();
    await standby.query(`VACUUM FULL ${name}_1`);
    await write(standby, 2);
    expect(await untilFault(begun)).toEqual({
      seen: [],
      fault: expect.stringMatching(/was truncated or rewritten/u),
    });
  });

  test("P3: of several failovers the switch that left the line counts", async () => {
    await using around = await place();
    const { follow, write, cutOff, failOver, standby } = around;
    const first = await follow();
    await first.until(await covering(first));
    await write(server(), 1);
    const between = await headOf(first);
    await cutOff();
    await write(server(), 2);
    const only = await headOf(first);
    await first[Symbol.asyncDispose]();
    await failOver();
    await write(standby, 3);
    await standby.demote();
    await standby.promote();
    await write(standby, 4);
    await using second = await follow(first.last);
    const given = await upTo(second, 4n);
    const { incarnation } = second.last;
    expect(given.rows).toEqual([
      [between.incarnation, 1n],
      [incarnation, 3n],
      [incarnation, 4n],
    ]);
    expect([between, only].map((head) => given.verdict(head))).toEqual(["complete", "lost"]);
  });

  const SLOT_GONE =
    /from timeline 1 to 2.*replication slot 'slot_t\d+' is gone.*clear the pipeline's storage/u;

  test("P3: a source that reads on after a failover to a standby without the slot is at fault, and says what to do", async () => {
    await using around = await place();
    const { follow, cutOff, failOver } = around;
    await using begun = await follow();
    await begun.until(await covering(begun));
    await cutOff();
    await failOver({ withSlot: false });
    const fault = expect.stringMatching(SLOT_GONE);
    expect(await untilFault(begun)).toEqual({ seen: [], fault });
  });

  test("P3: a source that is started again after a failover to a standby without the slot is at fault, and says what to do", async () => {
    await using around = await place();
    const { follow, cutOff, failOver } = around;
    const before = await follow();
    await before.until(await covering(before));
    await before[Symbol.asyncDispose]();
    await cutOff();
    await failOver({ withSlot: false });
    await using after = await follow(before.last);
    expect(after.source.start.incarnation).not.toBe(before.last.incarnation);
    await expect(after.next()).rejects.toThrow(SLOT_GONE);
  });

  test("P3: a source that had read what the standby never received is at fault", async () => {
    await using around = await place();
    const { follow, write, cutOff, failOver } = around;
    await using begun = await follow();
    await begun.until(await covering(begun));
    await cutOff();
    await write(server(), 1);
    await begun.until(await covering(begun));
    await failOver();
    expect(await untilFault(begun)).toEqual({
      seen: [],
      fault: expect.stringMatching(
        /from timeline 1 to 2.*received the log up to \S+ only.*clear the pipeline's storage/u,
      ),
    });
  });
});
