/** A running pipeline in memory: one number line per input, moved by the test. */

import {
  type Basis,
  ConfigError,
  connectorIdOf,
  incarnationOf,
  type InputStatus,
  type OutputStatus,
  type PipelineTotals,
  type Progress,
  type Push,
  type Pushed,
  QueryError,
  type QueryResult,
  type RunningPipeline,
  type Subscribe,
  type Subscription,
  UnknownRelationError,
  UnknownTableError,
  type TokenRejects,
} from "@tidemark/connector";
import { Board, type ConnectorId, frontier, type Observation } from "@tidemark/core";
import { identifier } from "@tidemark/program";

import { type Deployment } from "../service-options.ts";

interface Line {
  readonly status: InputStatus;
  received: bigint;
}

/** What a test can have it do. */
export class FakePipeline implements RunningPipeline {
  readonly board: Board = new Board();
  readonly life: string;
  readonly deployment: Deployment;
  readonly #ended = Promise.withResolvers<void>();
  readonly #lines = new Map<ConnectorId, Line>();
  readonly #fault = Promise.withResolvers<Error>();
  readonly failure: Promise<Error> = this.#fault.promise;
  readonly defaultBasis = "received";
  paused: boolean;
  drained = 0;
  disposed = 0;
  /** Set to have draining hang until it is given up. */
  drainHangs = false;
  /** How many records of every push don't fit. */
  errorCount = 0;
  /** What its inputs have failed with. */
  readonly faults: Map<ConnectorId, string> = new Map();
  /** What every token counts as rejected. */
  rejects: TokenRejects = { count: 0, first: [], deadLetters: 0 };
  /** Inputs that were let go on behind a rejected record. */
  readonly skipped: ConnectorId[] = [];
  /** What its sources answer when their heads are asked for. */
  sourceFault: Error | undefined;
  /** Set to have something happen when someone begins to wait. */
  attend?: () => () => void;
  /** Set to have readings begin when they are asked for, as of an engine that is not ours. */
  refresh?: NonNullable<RunningPipeline["refresh"]>;
  /** What the next push is refused with. */
  pushFault: Error | undefined;

  constructor(deployment: Deployment, life: string) {
    this.deployment = deployment;
    this.life = life;
    this.paused = deployment.paused;
    for (const table of deployment.program.tables) {
      for (const connector of table.connectors) this.#add(table.id.name, connector.name);
    }
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  inputs(): readonly InputStatus[] {
    return [...this.#lines.values()].map(({ status }) => ({
      ...status,
      fatalError: this.faults.get(status.id),
    }));
  }

  outputs(): readonly OutputStatus[] {
    return [];
  }

  async totals(): Promise<PipelineTotals> {
    throw new Error("not counted here");
  }

  async position(input: ConnectorId, basis: Basis): Promise<Progress | undefined> {
    if (basis === "head" && this.sourceFault !== undefined) throw this.sourceFault;
    return basis === "head" ? undefined : this.#progress(input);
  }

  async receipt(): Promise<undefined> {
    return undefined;
  }

  pace: RunningPipeline["pace"] = () => undefined;

  stepOf(): bigint | undefined {
    return 7n;
  }

  rejected(): Promise<TokenRejects> {
    return Promise.resolve(this.rejects);
  }

  skipRejected(input: ConnectorId): void {
    this.skipped.push(input);
  }

  setPaused(input: ConnectorId, paused: boolean): void {
    const line = this.#line(input);
    this.#lines.set(input, { ...line, status: { ...line.status, paused } });
  }

  async push({ table, format, body }: Push): Promise<Pushed> {
    const { name } = identifier(table);
    if (this.pushFault !== undefined) throw this.pushFault;
    if (!this.deployment.program.tables.some(({ id }) => id.name === name)) {
      throw new UnknownTableError(table);
    }
    if (format.name !== "json") throw new ConfigError("format", "no such format", "unknown-format");
    let records = 0;
    for await (const bytes of body) records += bytes.length;
    const connector = this.#add(name, "api-ingress-0");
    this.receive(name, "api-ingress-0", BigInt(records));
    const progress = this.#progress(connector);
    return { connector, progress, earlier: [], records, errorCount: this.errorCount, errors: [] };
  }

  async query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult> {
    if (sql === "hang") await aborted(options.signal);
    if (sql === "until the end") {
      await this.#ended.promise;
      throw new QueryError("the read was ended");
    }
    if (sql !== "SELECT 1") throw new QueryError("syntax error");
    return { columns: [], rows: ones() };
  }

  async subscribe({ relation }: Subscribe): Promise<Subscription> {
    throw new UnknownRelationError(relation);
  }

  async drain({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.drained += 1;
    if (this.drainHangs) await aborted(signal).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed += 1;
    this.#ended.resolve();
    this.board.close("the pipeline has ended");
  }

  /** An input takes in so many records. */
  receive(table: string, connector: string, records: bigint): void {
    const line = this.#line(connectorIdOf(table, connector));
    line.received += records;
  }

  /** An input has committed a record that no output has taken. */
  commitUndelivered(table: string, connector: string): void {
    const id = connectorIdOf(table, connector);
    const line = this.#line(id);
    const processed = { ...line.status.processed, frontier: frontier([["0", 1n]]) };
    this.#lines.set(id, { ...line, status: { ...line.status, processed } });
  }

  /** Everything that an input has taken in is delivered. */
  deliver(table: string, connector: string): void {
    this.publish(table, connector, this.#line(connectorIdOf(table, connector)).received);
  }

  /** An input's delivered frontier is at this offset. */
  publish(
    table: string,
    connector: string,
    offset: bigint,
    { atMs = 0, reasons = [] }: Partial<Pick<Observation, "atMs" | "reasons">> = {},
  ): void {
    const id = connectorIdOf(table, connector);
    this.board.publish({
      connector: id,
      incarnation: this.#progress(id).incarnation,
      frontier: frontier([["0", offset]]),
      level: "delivered",
      atMs,
      ended: () => undefined,
      reasons,
    });
  }

  /** It ends by itself. */
  fail(error: Error): void {
    this.#fault.resolve(error);
  }

  #add(table: string, name: string): ConnectorId {
    const id = connectorIdOf(table, name);
    if (this.#lines.has(id)) return id;
    this.#lines.set(id, { status: statusOf(id, table, name, this.life), received: 0n });
    this.publish(table, name, 0n);
    return id;
  }

  #progress(input: ConnectorId): Progress {
    return {
      incarnation: incarnationOf(this.life, input),
      frontier: frontier([["0", this.#line(input).received]]),
    };
  }

  #line(input: ConnectorId): Line {
    const line = this.#lines.get(input);
    if (line === undefined) throw new TypeError(`there is no input ${input}`);
    return line;
  }
}

async function* ones(): AsyncGenerator<readonly (readonly number[])[]> {
  yield [[1]];
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason));
  if (signal.aborted) throw signal.reason;
  return promise;
}

function statusOf(id: ConnectorId, table: string, name: string, life: string): InputStatus {
  const none: Progress = { incarnation: incarnationOf(life, id), frontier: frontier([]) };
  return {
    id,
    table: { name: table, quoted: false },
    name,
    endpoint: `${table}.${name}`,
    pushed: name.startsWith("api-ingress-"),
    declaration: undefined,
    tells: { head: false, incarnationFrom: "a test" },
    level: "delivered",
    paused: false,
    waitingFor: [],
    endOfInput: false,
    fatalError: undefined,
    trouble: undefined,
    refusal: undefined,
    received: none,
    processed: none,
    delivered: none,
    completed: undefined,
    totalRecords: 0,
    totalBytes: 0,
    bufferedRecords: 0,
    bufferedBytes: 0,
    rejected: 0,
    parseErrorCount: 0,
    transportErrorCount: 0,
    parseErrors: [],
    transportErrors: [],
  };
}
