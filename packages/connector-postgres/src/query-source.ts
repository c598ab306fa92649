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

import { asConfigError, codeOf, Session } from "./session.ts";
import { snapshotBatch } from "./snapshot.ts";
import { type Target, targetOf, textField } from "./target.ts";

const TELLS: SourceTells = {
  head: false,
  incarnationFrom: "the engine's storage, the database's address and the query",
};

/** The one partition: 1 once the rows are taken. */
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
  await using session = new Session(target, "tidemark query");
  try {
    // The statement is planned and not run: what is wrong with it is said before the pipeline starts.
    await session.rows(`EXPLAIN ${query}`);
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

  constructor(context: SourceContext, clock: Clock, target: Target, query: string) {
    const { life, endpoint, resume } = context;
    const incarnation = incarnationOf(life, "postgres-query", endpoint, target.shown, query);
    this.start = resume?.incarnation === incarnation ? resume : { incarnation, frontier: EMPTY };
    this.#context = context;
    this.#clock = clock;
    this.#target = target;
    this.#query = query;
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    if (offsetAt(this.start.frontier, RUNS) > 0n) return;
    for (let pauseMs = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      let batch: Batch;
      try {
        batch = await this.#run(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (codeOf(error).startsWith("42")) throw error;
        this.#context.trouble(error instanceof Error ? error.message : String(error));
        await this.#clock.sleep(pauseMs, { signal });
        continue;
      }
      yield batch;
      return;
    }
  }

  async #run(signal: AbortSignal): Promise<Batch> {
    await using session = new Session(this.#target, "tidemark query", { queryMs: 0 });
    const client = await session.client();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const progress = { incarnation: this.start.incarnation, frontier: DONE };
    return await snapshotBatch(client, this.#query, this.#context.decoder(), { progress, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const DONE: Frontier = frontier([[RUNS, 1n]]);
