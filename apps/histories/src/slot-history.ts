/** Histories of a database whose changes an external engine reads, and whose slot we observe. */

import { createSlot, dropSlot } from "@tidemark/systems";

import { ClaimActs } from "./claim-acts.ts";
import { Claims, type Coverage, unexpected } from "./claims.ts";
import { type History, type HistoryPlace } from "./history.ts";
import { patiently } from "./patience.ts";
import { Pipeline } from "./pipeline.ts";
import { SlotEngine } from "./slot-engine.ts";

const SETTLE_MS = 60_000;

/** Begins one: its own table, slot and pipeline. */
export async function slotHistory(place: HistoryPlace): Promise<History> {
  const { world, name } = place;
  const { postgres, postgresProxy } = world;
  const table = `table_${name}`;
  await postgres.query(`CREATE TABLE ${table} (id text)`);
  const engine = new SlotEngine(postgres, `slot_${name}`, table);
  await createSlot(postgres, engine.slot, "test_decoding");
  const uri = postgres.urlAt(postgresProxy.port);
  const config = { uri, slot: engine.slot, level: "processed" };
  const connectors = [{ name: "c", transport: { name: "postgres_cdc_input", config } }];
  const program = `CREATE TABLE t (id VARCHAR) WITH ('connectors' = '${JSON.stringify(connectors)}')`;
  const pipeline = await Pipeline.start(world.api, { name, program, engine: "external" });
  return new SlotHistory(place, { table, engine, pipeline });
}

interface SlotParts {
  readonly table: string;
  readonly engine: SlotEngine;
  readonly pipeline: Pipeline;
}

/** A write, as its writer knows it. */
interface Row {
  readonly id: string;
  /** Which slot of the name was there. */
  readonly life: number;
}

type Act = () => Promise<unknown>;

class SlotHistory implements History {
  readonly #place: HistoryPlace;
  readonly #table: string;
  readonly #engine: SlotEngine;
  readonly #pipeline: Pipeline;
  readonly #claims: Claims;
  readonly #acts: ClaimActs;
  readonly #acknowledged: Row[] = [];
  #written = 0;
  #life = 0;
  #alive = true;

  constructor(place: HistoryPlace, { table, engine, pipeline }: SlotParts) {
    this.#place = place;
    this.#table = table;
    this.#engine = engine;
    this.#pipeline = pipeline;
    this.#claims = new Claims(place.world.api, pipeline.name);
    this.#acts = new ClaimActs(place, this.#claims);
  }

  async act(): Promise<void> {
    const act = this.#place.random.weighted<Act>([
      [12, () => this.#write()],
      [12, () => this.#run(false).then(() => this.#acts.check())],
      [3, () => this.#run(true)],
      [8, () => this.#takeHead()],
      [6, () => this.#takeReceipt()],
      [8, () => this.#acts.check()],
      [6, () => this.#acts.wait(() => this.#run(false).then(() => this.#write()))],
      [3, () => this.#acts.join()],
      [1, () => this.#replaceSlot()],
      [1, () => this.#die()],
    ]);
    await act();
  }

  async settle(): Promise<void> {
    await this.#pipeline.running();
    const deadline = Date.now() + SETTLE_MS;
    while (this.#alive && (await this.#run(false))) {
      if (Date.now() > deadline) throw new Error("the engine does not come to an end");
    }
    this.#place.note("settling");
    await this.#claims.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline.remove();
    const { postgres } = this.#place.world;
    await dropSlot(postgres, this.#engine.slot);
    await postgres.query(`DROP TABLE ${this.#table}`);
  }

  /** A transaction; answers where the log ended after its commit, where that was told. */
  async #write(): Promise<string | undefined> {
    const { random, world, note } = this.#place;
    const rolledBack = random.chance(0.2);
    const life = this.#life;
    const ids = Array.from({ length: random.whole(1, 6) }, () => `${(this.#written += 1)}`);
    const values = ids.map((id) => `('${id}')`).join(", ");
    const end = rolledBack ? "ROLLBACK" : "COMMIT";
    try {
      await world.postgres.query(`BEGIN; INSERT INTO ${this.#table} VALUES ${values}; ${end}`);
      note(`wrote ${ids.join(", ")}: ${end}`);
      if (!rolledBack) this.#acknowledged.push(...ids.map((id) => ({ id, life })));
      const [row] = await world.postgres.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
      return rolledBack ? undefined : String(row?.["lsn"]);
    } catch (error) {
      note(`a write failed: ${String(error)}`);
      return undefined;
    }
  }

  /** False once there is nothing more to do. */
  async #run(crashes: boolean): Promise<boolean> {
    if (!this.#alive) return false;
    const { random, note } = this.#place;
    try {
      const more = await this.#engine.run({ changes: random.pick([1, 5, 50]), crashes });
      note(crashes ? "the engine processed and crashed" : `the engine ran, ${more}`);
      return more;
    } catch (error) {
      note(`the engine failed: ${String(error)}`);
      return true;
    }
  }

  async #takeHead(): Promise<void> {
    await this.#take(this.#place.random.chance(0.5) ? "?basis=head" : "", "the head");
  }

  async #takeReceipt(): Promise<void> {
    const receipt = await this.#write();
    if (receipt !== undefined) {
      await this.#take(`?receipt=${encodeURIComponent(receipt)}`, `receipt ${receipt}`);
    }
  }

  /** A position in the log covers everything that was committed before it. */
  async #take(parameters: string, about: string): Promise<void> {
    const covered = this.#acknowledged.filter(({ life }) => life === this.#life);
    const path = `${this.#pipeline.path}/tables/t/connectors/c/completion_token${parameters}`;
    const outcome = await this.#place.world.api.ask(path);
    if (outcome.kind === "died" || outcome.status === 503) return;
    if (outcome.status !== 200) throw unexpected("a request for a token", outcome);
    this.#place.note(`a token for ${about}`);
    this.#claims.add(String(outcome.body["token"]), about, this.#coverage(covered));
  }

  #coverage(covered: readonly Row[]): Coverage {
    const life = this.#life;
    const crashes = this.#place.databaseDeaths();
    // What a slot has decoded, by which it is told from others of its name, does not outlive a crash.
    const ended = (): boolean => this.#life !== life || this.#place.databaseDeaths() > crashes;
    return {
      missing: async () => covered.filter(({ id }) => !this.#engine.has(id)).map(({ id }) => id),
      lineEnded: ended,
      lostBy: async () => (ended() ? ["PipelineRestarted"] : []),
      isDoomed: () => false,
      // What a slot had confirmed is on disk only after a while: a killed server may take it back.
      movesBack: () => this.#place.databaseDeaths(),
      holdsUp: () => (this.#alive ? [] : ["slot-inactive"]),
    };
  }

  /**
   * Drops the slot and makes another of its name, so that what was written before is in none.
   * PostgreSQL gives slots no identity: that another one is there shows only if the one before had
   * decoded something, and both were observed. From then on it is known for good.
   */
  async #replaceSlot(): Promise<void> {
    const { world, note } = this.#place;
    const { slot } = this.#engine;
    const before = this.#deaths();
    if ((await this.#write()) === undefined) return;
    if (await this.#run(true)) await this.#takeHead();
    this.#life += 1;
    await patiently(async () => {
      const sql = "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1";
      const [there] = await world.postgres.query(sql, [slot]);
      if (there !== undefined) await dropSlot(world.postgres, slot);
      await createSlot(world.postgres, slot, "test_decoding");
    });
    note("replaced the slot");
    try {
      for (const claim of this.#claims.all) await this.#claims.check(claim);
    } catch (error) {
      if (this.#deaths() === before) throw error;
    }
    // Whether it was seen to be another one is not known where somebody died meanwhile.
    if (this.#deaths() !== before) this.#claims.all.splice(0);
  }

  #deaths(): number {
    return this.#place.databaseDeaths() + this.#place.world.server.deaths;
  }

  async #die(): Promise<void> {
    if (!this.#place.random.chance(0.3)) return;
    this.#alive = false;
    this.#place.note("the engine is gone for good");
  }
}
