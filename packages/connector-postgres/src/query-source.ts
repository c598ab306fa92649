/** `postgres_input`: the rows that a query answers, once, as of one moment. */

import {
  type Batch,
  type Clock,
  ConfigError,
  incarnationOf,
  type Progress,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "@tidemark/connector";
import { EMPTY, type Frontier, frontier, offsetAt } from "@tidemark/core";

import { keyNames } from "./fitting.ts";
import { pinSettings } from "./pinned-settings.ts";
import { queryWriters } from "./query-columns.ts";
import { rowsAsJson } from "./rows-as-json.ts";
import { asConfigError, codeOf, Session } from "./session.ts";
import { snapshotAt, snapshotBatches } from "./snapshot.ts";
import { type FullSpool, Spool } from "./spool.ts";
import { type Target, targetOf, textField, withoutSecrets } from "./target.ts";

const TELLS: SourceTells = {
  head: false,
  incarnationFrom: "the engine's storage, the database's address and the query",
};

/** The partition that is at 1 once all rows are taken. */
const RUNS = "query";
const RETRY_MS = { first: 100, longest: 10_000 };

/** Sources of the rows of a query; the clock sets the pace of retries. */
export function postgresInput(clock: Clock): SourceFactory {
  return {
    transport: "postgres_input",
    format: { name: "json", config: { update_format: "insert_delete", json_flavor: "c_hex" } },
    validate: ({ transport: { config } }) => {
      targetOf(config);
      textField(config, "query");
    },
    open: (context) => openQuery(context, clock),
  };
}

async function openQuery(context: SourceContext, clock: Clock): Promise<Source> {
  const { config } = context.connector.transport;
  const target = targetOf(config);
  const query = textField(config, "query");
  await using session = new Session(target, "tidemark query", { names: "user's" });
  try {
    // What is wrong with the statement is said before the pipeline starts.
    await session.rows("BEGIN READ ONLY");
    await queryWriters(session, query, context.table);
  } catch (error) {
    const sqlState = codeOf(error);
    if (sqlState.startsWith("42") && sqlState !== "42501") {
      throw new ConfigError(
        "transport.config.query",
        `'query' is refused by PostgreSQL at ${target.shown}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    throw asConfigError(error, target);
  }
  return new QuerySource(context, clock, target, query);
}

class QuerySource implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #context: SourceContext;
  readonly #clock: Clock;
  readonly #target: Target;
  readonly #query: string;
  readonly #spool: Spool;

  constructor(context: SourceContext, clock: Clock, target: Target, query: string) {
    const { life, endpoint, resume, directory } = context;
    const incarnation = incarnationOf(life, "postgres-query", endpoint, target.shown, query);
    this.start = resume?.incarnation === incarnation ? resume : { incarnation, frontier: EMPTY };
    this.#spool = new Spool(directory, incarnation);
    this.#context = context;
    this.#clock = clock;
    this.#target = target;
    this.#query = query;
  }

  committed(progress: Progress): void {
    if (progress.incarnation !== this.start.incarnation) return;
    if (offsetAt(progress.frontier, RUNS) === 0n) return;
    // What is left of it is removed with the pipeline's storage.
    this.#spool.remove().catch(() => undefined);
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    if (offsetAt(this.start.frontier, RUNS) > 0n) return;
    const begun = snapshotAt(this.start.frontier) > 0n;
    const found = await this.#spool.find();
    if (found === undefined && begun) {
      throw new Error(
        "the copy of the query's rows that was being read is gone: clear the pipeline's storage to run the query afresh",
      );
    }
    yield* snapshotBatches({
      spool: this.#spool,
      full: found ?? (await this.#copied(signal)),
      open: () => this.#context.decoder({ continued: begun }),
      onReject: this.#context.onReject,
      rejected: { shown: "the query", key: keyNames(this.#context.table) },
      from: this.start,
      begun: EMPTY,
      whole: DONE,
      signal,
    });
  }

  async #copied(signal: AbortSignal): Promise<FullSpool> {
    for (let pauseMs = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      try {
        return await this.#copy(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ConfigError) throw error;
        const fault = withoutSecrets(error, this.#target);
        if (codeOf(error).startsWith("42")) throw fault;
        this.#context.trouble(fault.message);
        await this.#clock.sleep(pauseMs, { signal });
      }
    }
  }

  async #copy(signal: AbortSignal): Promise<FullSpool> {
    await using session = new Session(this.#target, "tidemark query", {
      queryMs: 0,
      names: "user's",
    });
    const client = await session.client();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // A pooler may have given this transaction another connection of the server.
    await pinSettings(client, "user's");
    const writers = await queryWriters(session, this.#query, this.#context.table);
    const rows = rowsAsJson(client, this.#query, { writers, signal });
    return await this.#spool.fill("query", rows);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const DONE: Frontier = frontier([[RUNS, 1n]]);
