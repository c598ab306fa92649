/** The embedded engine: one step is one DuckDB transaction. */

import { type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import {
  type Changes,
  type Committed,
  type Engine,
  type Following,
  type OutputColumn,
  type QueryResult,
  type Recovered,
  type Rejected,
  type RejectQuery,
  type Step,
  type ViewChange,
} from "@tidemark/connector";
import { type Epoch } from "@tidemark/core";
import { REJECTED_NAME } from "@tidemark/program";

import { databaseMessage } from "./database-message.ts";
import { type Database } from "./database.ts";
import { type FollowedView } from "./followed-view.ts";
import { type KeyedBodies } from "./keyed-bodies.ts";
import { type LiveRelations } from "./live-relations.ts";
import { type Outbox } from "./outbox.ts";
import { type Readable, runQuery } from "./query.ts";
import { type ReadSessions } from "./read-session.ts";
import { type RejectLog } from "./reject-log.ts";
import { type RejectReading } from "./reject-reading.ts";
import { openSnapshot } from "./snapshot.ts";
import { type StepLog } from "./step-log.ts";
import { type Applied, type Effect } from "./table-effect.ts";
import { type TableWriter } from "./table-writer.ts";
import { readChanges } from "./view-changes.ts";

/** What an engine is made of; it owns all of it. */
export interface EngineParts {
  readonly life: string;
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  readonly deliveredStep: bigint;
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  readonly database: Database;
  /** By lower-case name. */
  readonly writers: ReadonlyMap<string, TableWriter>;
  readonly followed: ReadonlyMap<string, FollowedView>;
  readonly live: LiveRelations;
  readonly outbox: Outbox;
  readonly log: StepLog;
  readonly keys: KeyedBodies;
  readonly rejects: RejectLog;
  readonly rejectReading: RejectReading;
  readonly begin: DuckDBPreparedStatement;
  readonly end: DuckDBPreparedStatement;
  readonly sessions: ReadSessions;
  readonly readable: Readable;
}

/** An engine on an open database. */
export class DuckdbEngine implements Engine {
  readonly life: string;
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  readonly #parts: EngineParts;
  #step: bigint;
  #deliveredStep: bigint;
  /** Why no further commit is possible. */
  #fault: Error | undefined;
  #committing: Promise<unknown> = Promise.resolve();

  constructor(parts: EngineParts) {
    this.life = parts.life;
    this.epoch = parts.epoch;
    this.recovered = parts.recovered;
    this.views = parts.views;
    this.#parts = parts;
    this.#step = parts.recovered.step;
    this.#deliveredStep = parts.deliveredStep;
  }

  async commit(step: Step): Promise<Committed> {
    if (this.#fault !== undefined) {
      throw new Error(`the engine can't be used any more: ${this.#fault.message}`, {
        cause: this.#fault,
      });
    }
    const committing = this.#commit(step);
    this.#committing = committing.catch(() => undefined);
    try {
      return await committing;
    } catch (fault) {
      this.#fault = new Error(databaseMessage(fault), { cause: fault });
      await this.#writer.run("ROLLBACK").catch(() => undefined);
      throw this.#fault;
    }
  }

  changes(view: string, step: bigint): AsyncIterable<readonly ViewChange[]> {
    const followed = this.#parts.followed.get(view);
    if (followed === undefined) throw new RangeError(`view '${view}' has no connectors`);
    return step > this.#deliveredStep
      ? readChanges(this.#parts.sessions, followed, step)
      : nothing();
  }

  follow(relation: string): Promise<Following> {
    return this.#parts.live.follow(relation);
  }

  snapshot(
    relation: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<AsyncIterable<readonly ViewChange[]>> {
    const { writers, sessions } = this.#parts;
    const columns =
      this.views.get(relation) ?? writers.get(relation.toLowerCase())?.table.columns ?? [];
    return openSnapshot(sessions, { relation, columnCount: columns.length, signal });
  }

  query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult> {
    return runQuery(this.#parts.sessions, this.#parts.readable, { sql, signal: options.signal });
  }

  rejected(query: RejectQuery): Promise<Rejected> {
    return this.#parts.rejectReading.read(query);
  }

  storageBytes(): Promise<number> {
    return this.#parts.database.storageBytes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fault ??= new Error("it is closed");
    await this.#committing;
    await this.#parts.sessions[Symbol.asyncDispose]();
    await this.#parts.rejectReading[Symbol.asyncDispose]();
    for (const writer of this.#parts.writers.values()) closeQuietly(writer);
    await this.#parts.database[Symbol.asyncDispose]();
  }

  get #writer(): DuckDBConnection {
    return this.#parts.database.writer;
  }

  async #commit(content: Step): Promise<Committed> {
    const { progress, ended, deliveredStep, rejects = [] } = content;
    const { begin, end, outbox, live, log } = this.#parts;
    const effects = await this.#prepare(this.#withRejects(content));
    const step = this.#step + 1n;
    await begin.run();
    const applied = new Map<string, Applied>();
    for (const [name, effect] of effects) applied.set(name, await effect.apply());
    const changedRows = await outbox.write(step, applied);
    const changedViews = new Set(changedRows.keys());
    await live.keep(step, applied);
    for (const name of effects.keys()) await this.#parts.writers.get(name)?.delta?.empty();
    await outbox.drop(step, deliveredStep);
    await log.write({ step, deliveredStep, progress, changedViews }, ended);
    await this.#parts.keys.write(content);
    if (rejects.length > 0) await this.#parts.rejects.write(rejects);
    await end.run();
    this.#step = step;
    this.#deliveredStep = deliveredStep;
    return { step, changedViews, changedRows };
  }

  #withRejects({ inputs, rejects = [] }: Step): Step["inputs"] {
    if (rejects.length === 0) return inputs;
    return [...inputs, { table: REJECTED_NAME, changes: this.#parts.rejects.changes(rejects) }];
  }

  async #prepare(inputs: Step["inputs"]): Promise<ReadonlyMap<string, Effect>> {
    const byTable = new Map<string, Changes[]>();
    for (const { table, changes } of inputs) {
      const name = table.toLowerCase();
      byTable.set(name, [...(byTable.get(name) ?? []), changes]);
    }
    const effects = new Map<string, Effect>();
    for (const [name, changes] of byTable) {
      const writer = this.#parts.writers.get(name);
      if (writer === undefined) throw new RangeError(`the program has no table '${name}'`);
      effects.set(name, await writer.prepare(changes));
    }
    return effects;
  }
}

/** After a failed statement an appender can't even be closed without a complaint. */
function closeQuietly(resource: Disposable): void {
  try {
    resource[Symbol.dispose]();
  } catch {
    // Its rows belong to a transaction that is rolled back.
  }
}

async function* nothing(): AsyncGenerator<never, void> {
  // No changes.
}
