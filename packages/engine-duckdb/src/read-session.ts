/** Read sessions: one streamed statement on its own connection, on the state when it began. */

import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBInstance,
  type DuckDBResult,
} from "@duckdb/node-api";
import { type Value } from "@tidemark/connector";

import { reader } from "./read-value.ts";
import { internalTable } from "./sql-text.ts";
import { type Turns } from "./turns.ts";
import { rowsOfChunk } from "./unnamed-fields.ts";

/** Opens sessions, and ends those that are still open when disposed. */
export interface ReadSessions extends AsyncDisposable {
  open(): Promise<ReadSession>;
}

/** One statement's connection. Its work waits for its turn, so that commits always find a thread. */
export class ReadSession implements AsyncDisposable {
  readonly connection: DuckDBConnection;
  readonly #turns: Turns;
  readonly #closed: () => void;
  #work: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #isBegun = false;
  #result: DuckDBResult | undefined;

  constructor(connection: DuckDBConnection, sharedTurns: Turns, closed: () => void) {
    this.connection = connection;
    this.#turns = sharedTurns;
    this.#closed = closed;
  }

  /** Runs work on the connection when its turn comes; one call at a time. */
  run<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const running = this.#turns(async () => {
      if (this.#isClosed) throw new Error("the read was ended");
      return work(this.connection);
    });
    this.#work = running.catch(() => undefined);
    return running;
  }

  /** Begins the session's one transaction, which only reads; idempotent. */
  async begin(): Promise<void> {
    if (this.#isBegun) return;
    this.#isBegun = true;
    await this.connection.run("BEGIN TRANSACTION READ ONLY");
  }

  /** Begins reading the state as it is now, whenever the rows are asked for; too little work to take a turn. */
  async pin(): Promise<void> {
    await this.begin();
    await this.connection.run(`SELECT 1 FROM ${internalTable("meta")} LIMIT 1`);
  }

  /** Starts the session's one streamed result. */
  async stream(
    start: (connection: DuckDBConnection) => Promise<DuckDBResult>,
  ): Promise<DuckDBResult> {
    return this.run(async (connection) => {
      await this.begin();
      this.#result = await start(connection);
      return this.#result;
    });
  }

  /**
   * The rows of a streamed result, a bounded number at a time; closes the session at the end. Rejects
   * where they could not be read to their end, with DuckDB's own fault if it is given the SQL.
   */
  async *rows(
    result: DuckDBResult,
    sql?: string,
  ): AsyncGenerator<readonly (readonly Value[])[], void> {
    try {
      yield* resultRows(result, () => this.run(() => result.fetchChunk()));
      await this.run((connection) => requireWhole(connection, sql));
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** Interrupts what is running and closes the connection; idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#interrupt();
    if (this.#result !== undefined) await this.#drain(this.#result);
    this.connection.closeSync();
    this.#closed();
  }

  /** An interrupt that comes before its statement begins is lost, so it is repeated. */
  async #interrupt(): Promise<void> {
    this.connection.interrupt();
    const again = setInterval(() => this.connection.interrupt(), INTERRUPT_EVERY_MS);
    await this.#work;
    clearInterval(again);
  }

  /** A result that is left half read keeps the database's files open, even after all is closed. */
  async #drain(result: DuckDBResult): Promise<void> {
    try {
      for (;;) {
        this.connection.interrupt();
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
      }
    } catch {
      // The interrupt has come through: nothing is left of it.
    }
  }
}

const INTERRUPT_EVERY_MS = 10;

/** The rows of a result, chunk by chunk as they are fetched. */
export async function* resultRows(
  result: DuckDBResult,
  fetchChunk: () => Promise<DuckDBDataChunk | null>,
): AsyncGenerator<readonly (readonly Value[])[], void> {
  const readers = result.columnTypes().map(reader);
  for (;;) {
    const chunk = await fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield rowsOfChunk(chunk).map((row) => readers.map((read, i) => read(row[i] ?? null)));
  }
}

/**
 * A streamed result that fails ends just like one that is exhausted, but the fault aborts the
 * transaction. It is kept nowhere, so running the statement again, without its rows, has to tell it.
 */
async function requireWhole(connection: DuckDBConnection, sql: string | undefined): Promise<void> {
  try {
    await connection.run("SELECT 1");
  } catch (cause) {
    if (sql !== undefined) {
      await connection.run("ROLLBACK");
      await connection.run(`EXPLAIN ANALYZE ${sql}`);
    }
    throw new Error("the rows could not be read to their end", { cause });
  }
}

/** Opens sessions on a database. */
export function readSessions(instance: DuckDBInstance, sharedTurns: Turns): ReadSessions {
  const open = new Set<ReadSession>();
  return {
    open: async () => {
      const connection = await instance.connect();
      const session: ReadSession = new ReadSession(connection, sharedTurns, () =>
        open.delete(session),
      );
      open.add(session);
      return session;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...open].map((session) => session[Symbol.asyncDispose]()));
    },
  };
}
