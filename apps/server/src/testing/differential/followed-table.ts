/** One table of a differential test: what is done to it there, and what it has to be here. */

import { type Database } from "@tidemark/systems";

import { type Random } from "../random.ts";
import { POOL, type PooledType } from "./value-pool.ts";

/** How a table is laid out, which decides how its changes are written to the log. */
export const LAYOUTS = ["keyed", "partitioned", "bag"] as const;

/** The ids that rows have. */
const IDS = 25;
const MISFIT_ID = 100;
const COLUMNS = 6;
const MANY_IDS = { first: 1000, last: 1200 };
const BIG_CHARACTERS = 3000;

/** A table with columns of random types, followed by a connector. */
export class FollowedTable {
  readonly name: string;
  readonly slot: string;
  readonly layout: (typeof LAYOUTS)[number];
  readonly #types: readonly PooledType[];
  readonly #random: Random;
  readonly #database: Database;
  /** What PostgreSQL writes each literal as, by type and column here, to what it is here. */
  readonly #ours = new Map<string, unknown>();
  /** Whether updates carry the whole old row, so that a key can change beside a large value. */
  isFull: boolean;

  constructor(
    database: Database,
    random: Random,
    parts: {
      readonly name: string;
      readonly slot: string;
      readonly layout: (typeof LAYOUTS)[number];
    },
  ) {
    this.name = parts.name;
    this.slot = parts.slot;
    this.layout = parts.layout;
    this.isFull = parts.layout === "bag";
    this.#database = database;
    this.#random = random;
    this.#types = Array.from({ length: COLUMNS }, () => random.pick(POOL) ?? POOL[0]).filter(
      (type) => type !== undefined,
    );
  }

  /** The table there, with some rows, published. */
  async create(): Promise<void> {
    const { name, layout } = this;
    const columns = this.#types.map(({ there }, at) => `c${at} ${there}`).join(", ");
    const key = layout === "bag" ? "key" : "key PRIMARY KEY";
    const parted = layout === "partitioned" ? "PARTITION BY RANGE (id)" : "";
    await this.run(`CREATE TABLE ${name} (id ${key}, ${columns}, big text) ${parted}`);
    if (layout === "partitioned") {
      await this.run(`CREATE TABLE ${name}_low PARTITION OF ${name} FOR VALUES FROM (0) TO (10)`);
      await this.run(`CREATE TABLE ${name}_rest PARTITION OF ${name} DEFAULT`);
      await this.run(`ALTER TABLE ${name}_low ALTER big SET STORAGE EXTERNAL`);
      await this.run(`ALTER TABLE ${name}_rest ALTER big SET STORAGE EXTERNAL`);
    } else {
      await this.run(`ALTER TABLE ${name} ALTER big SET STORAGE EXTERNAL`);
    }
    if (layout === "bag") await this.run(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
    await this.run(
      `CREATE PUBLICATION p_${name} FOR TABLE ${name} WITH (publish_via_partition_root)`,
    );
    await this.#learn();
    await this.run(Array.from({ length: 5 }, () => this.insertion()).join("; "));
    if (this.#random.chance(0.3)) await this.run(this.#manyRows());
  }

  /** The table here. */
  declaration(uri: string): string {
    const config = {
      uri,
      publication: `p_${this.name}`,
      source_table: `public.${this.name}`,
      slot: this.slot,
    };
    const connectors = [{ name: "cdc", transport: { name: "postgres_cdc_input", config } }];
    const columns = this.#types.map(({ here }, at) => `c${at} ${here}`).join(", ");
    const key = this.layout === "bag" ? "" : "PRIMARY KEY";
    return `CREATE TABLE ${this.name} (id INT NOT NULL ${key}, ${columns}, big VARCHAR)
      WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}');`;
  }

  /** What a query here has to answer, by what the table holds there now. */
  async expected({ misfits = true }: { readonly misfits?: boolean } = {}): Promise<
    readonly string[]
  > {
    const columns = this.#types.map((_type, at) => `c${at}::text`).join(", ");
    const rows = await this.#database.query(
      `SELECT id::text AS id, ARRAY[${columns}] AS values, md5(big) AS big FROM ${this.name} WHERE id <> ${misfits ? 0 : MISFIT_ID}`,
    );
    return rows
      .map(({ id, values, big }) => {
        const texts: readonly unknown[] = Array.isArray(values) ? values : [];
        return JSON.stringify([Number(id), ...texts.map((text, at) => this.#here(at, text)), big]);
      })
      .toSorted();
  }

  /** The query whose answer `rowText` turns into what `expected` says. */
  get query(): string {
    const columns = this.#types.map((_type, at) => `c${at}`).join(", ");
    return `SELECT id, ${columns}, md5(big) AS big FROM ${this.name}`;
  }

  rowText(row: unknown): string {
    const fields = new Map<string, unknown>(
      typeof row === "object" && row !== null ? Object.entries(row) : [],
    );
    const values = this.#types.map(({ here }, at) => {
      const value = fields.get(`c${at}`) ?? null;
      // A VARIANT is answered as the text of its JSON.
      const parsed: unknown =
        here === "VARIANT" && typeof value === "string" ? JSON.parse(value) : value;
      return parsed;
    });
    return JSON.stringify([fields.get("id"), ...values, fields.get("big") ?? null]);
  }

  /** Runs statements as one transaction. */
  async run(sql: string): Promise<void> {
    await this.#database.query(sql);
  }

  /** A new row; of a key that is there already, none. */
  insertion(): string {
    const values = this.#types.map((type) => this.#literal(type)).join(", ");
    const again = this.layout === "bag" ? "" : "ON CONFLICT DO NOTHING";
    return `INSERT INTO ${this.name} VALUES (${this.#id()}, ${values}, ${this.#big()}) ${again}`;
  }

  /** The type of a column there, by its number. */
  typeThere(at: number): string {
    return this.#types[at]?.there ?? "int";
  }

  /** The number of a column that can't hold everything that it may be there. */
  get misfitColumn(): number | undefined {
    const at = this.#types.findIndex(({ misfit }) => misfit !== undefined);
    return at < 0 ? undefined : at;
  }

  /** A new row with a value that does not fit, without a large one. */
  misfit(): string {
    const at = this.misfitColumn;
    const { misfit, there } = this.#types[at ?? this.#types.length] ?? {};
    return `INSERT INTO ${this.name} (id, c${at}) VALUES (${MISFIT_ID}, ${misfit}::${there})`;
  }

  /** Makes that row fit. */
  repair(): string {
    return `UPDATE ${this.name} SET c${this.misfitColumn} = NULL WHERE id = ${MISFIT_ID}`;
  }

  /** Some columns of one row. */
  update(): string {
    const at = this.#random.whole(0, this.#types.length);
    const type = this.#types[at] ?? POOL[0];
    const value = type === undefined ? "NULL" : this.#literal(type);
    const big = this.#random.chance(0.2) ? `, big = ${this.#big()}` : "";
    return `UPDATE ${this.name} SET c${at} = ${value}${big} WHERE id = ${this.#id()}`;
  }

  /** Another key for a row; where the old row isn't written whole, its large value is new as well. */
  move(): string {
    const [from, to] = [this.#id(), this.#id()];
    const big = this.isFull ? "" : `, big = ${this.#big()}`;
    const free =
      this.layout === "bag" ? "" : `AND NOT EXISTS (SELECT FROM ${this.name} WHERE id = ${to})`;
    return `UPDATE ${this.name} SET id = ${to}${big} WHERE id = ${from} ${free}`;
  }

  deletion(): string {
    return `DELETE FROM ${this.name} WHERE id = ${this.#id()}`;
  }

  /** So many that their copy takes several batches. */
  #manyRows(): string {
    const values = this.#types.map((type) => this.#literal(type)).join(", ");
    const ids = `generate_series(${MANY_IDS.first}, ${MANY_IDS.last}) AS i`;
    return `INSERT INTO ${this.name} SELECT i, ${values}, repeat('é', ${BIG_CHARACTERS}) FROM ${ids}`;
  }

  #id(): number {
    return this.#random.whole(1, IDS);
  }

  #big(): string {
    if (this.#random.chance(0.3)) return "NULL";
    const of = String(this.#random.whole(0, 1000));
    return `repeat('${of}é', ${BIG_CHARACTERS})`;
  }

  #literal({ values, there }: PooledType): string {
    const [literal = "NULL"] = this.#random.chance(0.2) ? [] : (this.#random.pick(values) ?? []);
    return `${literal}::${there}`;
  }

  /** Asks PostgreSQL for the text of every literal, by which its rows are read back. */
  async #learn(): Promise<void> {
    for (const { there, here, values } of this.#types) {
      for (const [literal, ours] of values) {
        const [row] = await this.#database.query(`SELECT ((${literal})::${there})::text AS text`);
        this.#ours.set(keyOf(there, here, row?.["text"]), ours);
      }
    }
  }

  #here(at: number, text: unknown): unknown {
    const type = this.#types[at];
    if (text === null || type === undefined) return null;
    const key = keyOf(type.there, type.here, text);
    if (!this.#ours.has(key)) throw new Error(`PostgreSQL writes a ${type.there} as ${key}`);
    return this.#ours.get(key);
  }
}

function keyOf(there: string, here: string, text: unknown): string {
  return JSON.stringify([there, here, text]);
}
