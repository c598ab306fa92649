/** Metadata defaults: what stands in columns whose defaults ask `CONNECTOR_METADATA()`. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Metadata, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { sqlType } from "./column-types.ts";
import { METADATA, untold } from "./default-query.ts";
import { reader } from "./read-value.ts";
import { openStaging, type Staging } from "./staging.ts";
import { COUNT } from "./table-columns.ts";
import { writer } from "./write-value.ts";

/** Computes some defaults of a table together. Calls must follow each other. */
export class MetadataDefaults implements Disposable {
  readonly #connection: DuckDBConnection;
  /** The table's, as this is one of several on a connection. */
  readonly #name: string;
  readonly #selected: string;
  /** By the SQL type of what is told. */
  readonly #stagings = new Map<string, Staging>();

  constructor(connection: DuckDBConnection, name: string, expressions: readonly string[]) {
    this.#connection = connection;
    this.#name = name;
    this.#selected = `SELECT ${expressions.join(", ")}`;
  }

  /** Of each record the values of all the defaults, in the order of their expressions. */
  async compute(
    metadata: readonly (Metadata | undefined)[],
  ): Promise<readonly (readonly Value[])[]> {
    const places = new Map<ColumnType | undefined, number[]>();
    for (const [at, told] of metadata.entries()) {
      const alike = places.get(told?.type);
      if (alike === undefined) places.set(told?.type, [at]);
      else alike.push(at);
    }
    const values: (readonly Value[])[] = metadata.map(() => []);
    for (const [type, alike] of places) {
      const told = alike.map((at) => metadata[at]?.value ?? null);
      const computed =
        type === undefined
          ? await this.#select(untold(told.length))
          : await this.#computeTold(type, told);
      for (const [i, at] of alike.entries()) values[at] = computed[i] ?? [];
    }
    return values;
  }

  [Symbol.dispose](): void {
    for (const staging of this.#stagings.values()) staging[Symbol.dispose]();
  }

  async #computeTold(
    type: ColumnType,
    told: readonly Value[],
  ): Promise<readonly (readonly Value[])[]> {
    const staging = await this.#staging(type);
    await staging.fill(told.map((value, i) => [BigInt(i), value]));
    const rows = `(SELECT c0, CAST(c1 AS VARIANT) AS ${METADATA} FROM ${staging.name})`;
    const values = await this.#select(`${rows} ORDER BY c0`);
    await staging.empty();
    return values;
  }

  async #select(from: string): Promise<readonly (readonly Value[])[]> {
    const result = await this.#connection.runAndReadAll(`${this.#selected} FROM ${from}`);
    const readers = result.columnTypes().map((type) => reader(type));
    return result.getRows().map((row) => readers.map((read, i) => read(row[i] ?? null)));
  }

  async #staging(type: ColumnType): Promise<Staging> {
    const sql = sqlType(type);
    const open = this.#stagings.get(sql);
    if (open !== undefined) return open;
    const statement = await this.#connection.prepare(`SELECT CAST(NULL AS ${sql})`);
    const told = { label: "metadata", type: statement.columnType(0), sqlType: sql };
    statement.destroySync();
    const name = `metadata ${this.#stagings.size} of ${this.#name}`;
    const staging = await openStaging(this.#connection, name, [
      COUNT,
      { ...told, write: writer(type) },
    ]);
    this.#stagings.set(sql, staging);
    return staging;
  }
}
