/** Live relations: tables and views whose changes somebody follows for the time being. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Following, QueryError, type ViewChange } from "@tidemark/connector";
import { spell, type Table } from "@tidemark/program";

import { databaseMessage } from "./database-message.ts";
import { describeView, type FollowedView } from "./followed-view.ts";
import { liveComparison } from "./live-comparison.ts";
import { liveDelta, liveTable } from "./live-delta.ts";
import { type LiveMethod, type LiveStep } from "./live-method.ts";
import { type Relations } from "./relations.ts";
import { resultRows } from "./read-session.ts";
import { type Applied } from "./table-effect.ts";
import { type TableWriter } from "./table-writer.ts";
import { inPieces } from "./view-changes.ts";

/** What following needs. */
export interface LiveParts {
  readonly connection: DuckDBConnection;
  readonly tables: readonly Table[];
  readonly relations: Relations;
  /** By lower-case name. */
  readonly writers: ReadonlyMap<string, TableWriter>;
  /** Views with sinks, whose changes are in their outbox. */
  readonly followed: ReadonlyMap<string, FollowedView>;
}

/** Follows relations on the writer's own connection, with temporary tables only. */
export class LiveRelations {
  readonly #parts: LiveParts;
  /** How many follow the rows of a table, by its lower-case name. */
  readonly #deltas = new Map<string, number>();
  #last: LiveStep | undefined;
  #id = 0;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** Keeps what a step did to tables whose rows are followed; part of the step's transaction. */
  async keep(step: bigint, applied: ReadonlyMap<string, Applied>): Promise<void> {
    this.#last = { step, applied };
    for (const [table, { removed, inserted }] of applied) {
      const delta = this.#parts.writers.get(table)?.delta;
      if (!this.#deltas.has(table) || delta === undefined || !(removed || inserted)) continue;
      await this.#parts.connection.run(
        `CREATE OR REPLACE TEMP TABLE ${liveTable(table)} AS SELECT * FROM ${delta.name}`,
      );
    }
  }

  /** Follows a relation, given its name in the program; throws `QueryError` where that can't be. */
  async follow(relation: string): Promise<Following> {
    const method = await this.#method(relation).catch((fault: unknown) => {
      throw fault instanceof QueryError || fault instanceof RangeError
        ? fault
        : new QueryError(databaseMessage(fault), { cause: fault });
    });
    const from = this.#last?.step ?? 0n;
    return {
      changes: () => this.#changes(method, from),
      [Symbol.asyncDispose]: () => method[Symbol.asyncDispose](),
    };
  }

  async *#changes(method: LiveMethod, after: bigint): AsyncGenerator<readonly ViewChange[], void> {
    const last = this.#last;
    if (last === undefined || last.step <= after) return;
    try {
      const sql = await method.changesSql(last);
      if (sql === undefined) return;
      const result = await this.#parts.connection.run(sql);
      yield* inPieces(resultRows(result, () => result.fetchChunk()));
    } catch (fault) {
      throw new QueryError(databaseMessage(fault), { cause: fault });
    }
  }

  async #method(relation: string): Promise<LiveMethod> {
    const { connection, tables, relations, followed } = this.#parts;
    const key = relation.toLowerCase();
    const table = tables.find(({ id }) => id.name === relation);
    if (table !== undefined) return this.#deltaMethod(table, undefined);
    const created = relations.views.get(key);
    if (created === undefined) throw new RangeError(`the program has no relation '${relation}'`);
    if (created.changing !== undefined) {
      throw new QueryError(
        `View ${spell(created.view.id)} uses '${created.changing}', which answers otherwise each time, so its changes can't be followed`,
      );
    }
    const stored = followed.get(relation);
    if (stored?.begun === true) return outboxMethod(stored);
    const view = await describeView(connection, { tables, relations, created });
    const below = tables.find(({ id }) => id.name.toLowerCase() === view.lineage?.table);
    if (below !== undefined) return this.#deltaMethod(below, view);
    this.#id += 1;
    return liveComparison(connection, view, this.#id);
  }

  async #deltaMethod(table: Table, view: FollowedView | undefined): Promise<LiveMethod> {
    const key = table.id.name.toLowerCase();
    const filling = await this.#parts.writers.get(key)?.followLive();
    this.#deltas.set(key, (this.#deltas.get(key) ?? 0) + 1);
    return {
      changesSql: ({ applied }) => Promise.resolve(liveDelta(table, view, applied.get(key))),
      [Symbol.asyncDispose]: async () => {
        filling?.[Symbol.dispose]();
        const left = (this.#deltas.get(key) ?? 1) - 1;
        if (left > 0) {
          this.#deltas.set(key, left);
        } else {
          this.#deltas.delete(key);
          await this.#parts.connection.run(`DROP TABLE IF EXISTS ${liveTable(key)}`);
        }
      },
    };
  }
}

function outboxMethod({ outbox, columns }: FollowedView): LiveMethod {
  return {
    changesSql: ({ step }) =>
      Promise.resolve(
        `SELECT n, ${columns} FROM ${outbox} WHERE step = ${step} ORDER BY n > 0, ${columns}`,
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
