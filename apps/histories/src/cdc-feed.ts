/** A database's table whose changes are followed into a view, which is kept in another table and in a file. */

import { join } from "node:path";

import { dropSlot } from "@tidemark/systems";

import { type Known, lackingOf, shown, versions } from "./cdc-rows.ts";
import { type Coverage, unexpected } from "./claims.ts";
import { type Act, type Fed, type Feed, quoted, requireEqual, requireRejected } from "./feed.ts";
import { replayedFile } from "./file-replay.ts";
import { type HistoryPlace } from "./history.ts";
import { patiently } from "./patience.ts";
import { changesOf } from "./table-changes.ts";

/** A table of PostgreSQL, its publication, and the table that the view is kept in. */
export async function cdcFeed(place: HistoryPlace): Promise<Feed> {
  const { world, name } = place;
  const { postgres } = world;
  await postgres.query(`
    CREATE TABLE source_${name} (id text PRIMARY KEY, version bigint, score numeric(9, 2))`);
  await postgres.query(`INSERT INTO source_${name} VALUES ('before', 0)`);
  await postgres.query(`CREATE TABLE target_${name} (id text PRIMARY KEY, version bigint)`);
  await postgres.query(`CREATE PUBLICATION pub_${name} FOR TABLE source_${name}`);
  return new CdcFeed(place);
}

class CdcFeed implements Feed {
  readonly program: string;
  readonly #place: HistoryPlace;
  readonly #file: string;
  readonly #source: string;
  readonly #target: string;
  readonly #slot: string;
  readonly #rows = new Map<string, Known>([["before", 0n]]);
  /** Rows that may be gone: of each a deletion was tried. */
  readonly #deletions = new Set<string>();
  /** Rows that the table here can't hold: those known to be committed, and those that may be. */
  readonly #bad = { known: 0, tried: 0 };
  #written = 0n;
  #slotIsGone = false;
  /** The table was changed in a way that can't be followed. */
  #isUnfollowable = false;
  #outputFails = false;
  #truncates = 0;

  constructor(place: HistoryPlace) {
    const { world, name } = place;
    this.#place = place;
    this.#source = `source_${name}`;
    this.#target = `target_${name}`;
    this.#slot = `cdc_${name}`;
    this.#file = join(world.server.folder, `kept-${name}.json`);
    const uri = world.postgres.urlAt(world.postgresProxy.port);
    const input = {
      name: "cdc",
      transport: {
        name: "postgres_cdc_input",
        config: {
          uri,
          publication: `pub_${name}`,
          source_table: `public.${this.#source}`,
          slot: this.#slot,
        },
      },
      on_reject: "skip",
    };
    const outputs = [
      {
        name: "table",
        transport: { name: "postgres_output", config: { uri, table: this.#target } },
      },
      {
        name: "file",
        transport: { name: "file_output", config: { path: this.#file } },
        format: { name: "json" },
      },
    ];
    this.program = `
      CREATE TABLE changed (id VARCHAR NOT NULL PRIMARY KEY, version BIGINT, score DECIMAL(9, 2))
        WITH ('materialized' = 'true', 'connectors' = ${quoted([input])});
      CREATE MATERIALIZED VIEW kept WITH ('connectors' = ${quoted(outputs)})
        AS SELECT id, version FROM changed;`;
  }

  acts(fed: Fed): readonly Act[] {
    return [
      [16, () => this.#write()],
      [8, () => this.#take(fed, this.#place.random.chance(0.7) ? "?basis=head" : "")],
      [6, () => this.#takeReceipt(fed)],
      [1, () => this.#loseSlot()],
      [3, () => this.#truncate()],
      [1, () => this.#changeTable()],
      [4, () => this.#failOutput()],
    ];
  }

  async drain(fed: Fed): Promise<void> {
    if (this.#outputFails) await this.#failOutput();
    await this.#take(fed, "?basis=head");
  }

  async settle({ pipeline }: Fed): Promise<void> {
    const view = await pipeline.query("SELECT id, version FROM kept");
    const rows = (view ?? []).map(shown);
    if (!this.#isBroken) {
      const { known: least, tried: most } = this.#bad;
      await requireRejected(pipeline, { of: "changed.cdc", least, most });
      const fitting = `(SELECT * FROM ${this.#source} WHERE score IS NULL) AS fitting`;
      requireEqual("the view", rows, await this.#contents(fitting));
    }
    const delivered = async (): Promise<void> => {
      requireEqual("the table of the view", await this.#contents(this.#target), rows);
      const written = (await replayedFile(this.#file)).map((row) => shown(JSON.parse(row)));
      requireEqual("the file of the view", written, rows);
    };
    // No token of a connector that has failed covers what its outputs still take.
    await (this.#isBroken ? patiently(delivered) : delivered());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { postgres } = this.#place.world;
    const { name } = this.#place;
    const [slot] = await postgres.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = $1", [
      this.#slot,
    ]);
    if (slot !== undefined) await dropSlot(postgres, this.#slot);
    await postgres.query(
      `DROP PUBLICATION pub_${name}; DROP TABLE ${this.#source}; DROP TABLE ${this.#target}`,
    );
  }

  /** A transaction of some rows; answers whether it is known to be committed. */
  async #write(): Promise<boolean> {
    const { random, world, note } = this.#place;
    const changes = new Map<string, Known>();
    const statements = Array.from({ length: random.whole(1, 8) }, () => this.#statement(changes));
    const end = random.chance(0.15) ? "ROLLBACK" : "COMMIT";
    const bad = end === "COMMIT" && random.chance(0.3) ? random.whole(1, 4) : 0;
    for (let i = 0; i < bad; i += 1) statements.push(this.#badStatement());
    try {
      await world.postgres.query(["BEGIN", ...statements, end].join("; "));
      note(`${end} of ${[...changes].join(" ")}`);
      this.#bad.known += bad;
      if (end === "COMMIT") for (const [id, known] of changes) this.#rows.set(id, known);
      return end === "COMMIT";
    } catch (error) {
      note(`a write failed: ${String(error)}`);
      return false;
    }
  }

  #statement(changes: Map<string, Known>): string {
    const { random } = this.#place;
    const version = (this.#written += 1n);
    const there = [...this.#rows].filter(([id]) => !this.#deletions.has(id)).map(([id]) => id);
    const id = there.length > 0 && random.chance(0.5) ? random.pick(there) : `row-${version}`;
    if (there.includes(id) && random.chance(0.3)) {
      this.#deletions.add(id);
      changes.set(id, "deleted");
      return `DELETE FROM ${this.#source} WHERE id = '${id}'`;
    }
    changes.set(id, version);
    const insert = `INSERT INTO ${this.#source} VALUES ('${id}', ${version})`;
    return `${insert} ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version`;
  }

  /** A row whose score is no decimal. */
  #badStatement(): string {
    this.#bad.tried += 1;
    return `INSERT INTO ${this.#source} VALUES ('bad-${this.#bad.tried}', 0, 'NaN')`;
  }

  async #takeReceipt(fed: Fed): Promise<void> {
    if (!(await this.#write())) return;
    const asked = "SELECT pg_current_wal_insert_lsn()::text AS lsn";
    const [row] = await patiently(() => this.#place.world.postgres.query(asked));
    await this.#take(fed, `?receipt=${encodeURIComponent(String(row?.["lsn"]))}`);
  }

  async #take({ pipeline, claims }: Fed, parameters: string): Promise<void> {
    const covered = parameters === "" ? new Map<string, Known>() : new Map(this.#rows);
    const bad = parameters === "" ? 0 : this.#bad.known;
    const truncates = this.#truncates;
    const path = `${pipeline.path}/tables/changed/connectors/cdc/completion_token${parameters}`;
    const outcome = await this.#place.world.api.ask(path);
    if (outcome.kind === "died" || outcome.status === 503) return;
    if (outcome.status !== 200) throw unexpected("a request for a token", outcome);
    const about = `the database ${parameters}`;
    this.#place.note(`a token for ${about}`);
    const coverage: Coverage = {
      missing: async () => [
        ...lackingOf(covered, this.#deletions, await this.#contentMap()),
        ...(await this.#lackingOfView(covered, pipeline)),
      ],
      lostBy: async () => (this.#isBroken ? ["beyond-end"] : []),
      lineEnded: () => false,
      isDoomed: () => false,
      movesBack: () => 0,
      rejected: () => {
        const least = truncates === this.#truncates ? bad : 0;
        return [{ of: "changed.cdc", least, most: this.#bad.tried }];
      },
      holdsUp: () => (this.#isBroken ? ["connector-failed"] : []),
    };
    claims.add(String(outcome.body["token"]), about, coverage);
  }

  async #lackingOfView(
    covered: ReadonlyMap<string, Known>,
    pipeline: Fed["pipeline"],
  ): Promise<readonly string[]> {
    const rows = await pipeline.query("SELECT id, version FROM kept");
    return rows === undefined ? [] : lackingOf(covered, this.#deletions, versions(rows));
  }

  async #contentMap(): Promise<ReadonlyMap<string, bigint>> {
    const { postgres } = this.#place.world;
    return versions(
      await patiently(() => postgres.query(`SELECT id, version FROM ${this.#target}`)),
    );
  }

  async #contents(table: string): Promise<readonly string[]> {
    const { postgres } = this.#place.world;
    const rows = await patiently(() => postgres.query(`SELECT id, version FROM ${table}`));
    return rows.map(shown);
  }

  get #isBroken(): boolean {
    return this.#slotIsGone || this.#isUnfollowable;
  }

  /** Removes every row. */
  async #truncate(): Promise<void> {
    const { world, note } = this.#place;
    for (const id of this.#rows.keys()) this.#deletions.add(id);
    // A copy that begins behind the truncate never sees the rows that do not fit.
    this.#truncates += 1;
    this.#bad.known = 0;
    try {
      await world.postgres.query(`TRUNCATE ${this.#source}`);
      for (const id of this.#rows.keys()) this.#rows.set(id, "deleted");
      note("truncated the table");
    } catch (error) {
      note(`a truncate failed: ${String(error)}`);
    }
  }

  /** Changes the table, writes a row, and changes it back: what is written can't be followed any more. */
  async #changeTable(): Promise<void> {
    const { random, world, note } = this.#place;
    if (this.#isBroken || !random.chance(0.5)) return;
    const [there, into, back] = random.pick(changesOf(this.#source));
    const version = (this.#written += 1n);
    const row = `INSERT INTO ${into} VALUES ('row-${version}', ${version})`;
    this.#isUnfollowable = true;
    try {
      await world.postgres.query(["BEGIN", there, row, back, "COMMIT"].join("; "));
      this.#rows.set(`row-${version}`, version);
      note(`changed the table: ${there}`);
    } catch (error) {
      note(`a change of the table failed: ${String(error)}`);
    }
  }

  /** Has the table of the view take no rows, or take them again. */
  async #failOutput(): Promise<void> {
    const { world, note } = this.#place;
    const alter = `ALTER TABLE ${this.#target}`;
    const drop = `${alter} DROP CONSTRAINT IF EXISTS none`;
    const add = `${alter} ADD CONSTRAINT none CHECK (false) NOT VALID`;
    this.#outputFails = !this.#outputFails;
    const change = this.#outputFails ? `${drop}; ${add}` : drop;
    await patiently(() => world.postgres.query(change));
    note(this.#outputFails ? "the view's table takes no rows" : "the view's table takes rows");
  }

  /** What our server reads from is taken away. */
  async #loseSlot(): Promise<void> {
    const { random, world, note } = this.#place;
    if (this.#slotIsGone || !random.chance(0.3)) return;
    this.#slotIsGone = true;
    await patiently(async () => {
      const [slot] = await world.postgres.query(
        "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1",
        [this.#slot],
      );
      if (slot !== undefined) await dropSlot(world.postgres, this.#slot);
    });
    note("dropped the slot");
  }
}
