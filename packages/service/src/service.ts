/** The use cases, as every face calls them. All reject with `ServiceError` and nothing else that is a caller's business. */

import { type ConnectorId, type Level, type Partition, type Verdict } from "@tidemark/core";
import {
  type ApiKeyRecord,
  type Basis,
  type Bootstrap,
  type InputStatus,
  type OutputStatus,
  type PipelineRecord,
  type PipelineTotals,
  type QueryResult,
  type Subscription,
  type TokenRejects,
} from "@tidemark/connector";
import { type JsonObject, type JsonValue } from "@tidemark/program";

import { type Role } from "./access/role.ts";

import { type LogRequest, type Logs } from "./logs/log-reading.ts";
import { type ServiceError } from "./service-error.ts";

/** Who calls; every look-up is by tenant. */
export interface Caller {
  readonly tenant: string;
  /** What the caller may do; faces hold it against what an operation asks. */
  readonly role: Role;
}

/** A call that can be given up. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

/** A connector of a table or view, as the request spells it. */
export interface ConnectorAddress {
  readonly pipeline: string;
  /** Table or view, by the identifier rules of the contract. */
  readonly relation: string;
  /** Always case-sensitive. */
  readonly connector: string;
}

/** What a check or a wait answers; lost and unknown verdicts are thrown as errors. */
export interface TokenStatus {
  readonly status: "complete" | "inprogress";
  /** The step that completed it, once known. */
  readonly step: bigint | undefined;
  /** Offsets that remain, summed; 0 once complete. */
  readonly remaining: bigint;
  /** The same by connector; none once complete. */
  readonly parts: readonly RemainingPart[];
  readonly verdict: Extract<Verdict, { kind: "complete" | "pending" }>;
  /**
   * How many of the records that the token is about were rejected, by inputs or by outputs, and the
   * first of them that are kept; undefined where another engine reads them.
   */
  readonly rejected: TokenRejects | undefined;
  /**
   * `commit` where an external engine's commits alone say so: an engine that began to read behind a
   * record, as one with `auto.offset.reset=latest` may, has committed beyond it without it.
   */
  readonly by?: "commit";
}

/** What remains of one connector's input. */
export interface RemainingPart {
  readonly connector: ConnectorId;
  /** What the token claims of it. */
  readonly level: Level;
  /** Offsets that remain, by partition; those already covered are left out. */
  readonly partitions: ReadonlyMap<Partition, bigint>;
  readonly remaining: bigint;
  /** Offsets a second that its progress has moved by lately, over all partitions, to two digits; undefined where nothing has moved. */
  readonly perSecond: number | undefined;
  /** How long what remains takes at that pace, to two digits; undefined where there is no pace. */
  readonly estimatedSeconds: number | undefined;
}

/** What a new token is to cover. */
export interface IssueOptions extends CallOptions {
  /** Where neither is given, what the pipeline's engine can tell: `received`, or `head` of an external one. */
  readonly basis?: Basis | undefined;
  /** What the source answered to a write: the token then covers just that. Not together with a basis. */
  readonly receipt?: string | undefined;
}

/** What is said of one token among several. */
export type TokenOutcome = TokenStatus | { readonly status: "lost"; readonly error: ServiceError };

/** What a check of several tokens answers. */
export interface SeveralStatus {
  /** Of all of them together. */
  readonly status: "complete" | "inprogress";
  /** Of each one, in the order asked. */
  readonly tokens: readonly TokenOutcome[];
}

/** A user's fields of a pipeline; what is absent is left alone (patch) or takes its default. */
export interface PipelineFields {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly programCode?: string | undefined;
  readonly udfRust?: string | undefined;
  readonly udfToml?: string | undefined;
  readonly runtimeConfig?: JsonObject | undefined;
  readonly programConfig?: JsonObject | undefined;
}

/** One push of a body into a table. */
export interface IngestRequest {
  readonly pipeline: string;
  readonly table: string;
  /** Format name and its parameters as given, all text where they came from a query string. */
  readonly format: { readonly name: string; readonly config: JsonObject };
  readonly force: boolean;
  /** JSON text of an object, which `CONNECTOR_METADATA()` reads for every record. */
  readonly metadata?: string | undefined;
  /** Answered only once all records are committed; a push with a key always is. */
  readonly durable?: boolean;
  /** Taken whole or not at all, also where one of its records does not fit or it breaks off. */
  readonly atomic?: boolean;
  /**
   * 1 to 255 printable ASCII characters, or none. The same body under the same key is taken once and
   * answers the same token; another one rejects with `IdempotencyKeyReused`.
   */
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for completeness once all is taken; absent, nothing is waited for. */
  readonly waitMs?: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A pushed body's receipt. */
export interface Ingested {
  readonly token: string;
  readonly records: number;
  /** What a wait ended with; absent where none was asked for, or none could be had. */
  readonly status?: TokenStatus;
}

/** One query. */
export interface QueryRequest {
  readonly pipeline: string;
  /** One read-only statement. */
  readonly sql: string;
  /**
   * Tokens that must be complete before the query runs, so that it sees all that they cover, and how
   * long they are waited for; a time over the service's maximum is cut to it. Absent means at once.
   */
  readonly after?: { readonly tokens: readonly string[]; readonly timeoutMs: number } | undefined;
}

/** A subscription to the changes of a table or view. */
export interface SubscribeRequest {
  readonly pipeline: string;
  readonly relation: string;
  /** Settings one by one, of the format as texts where they came from a query string, or a connector's configuration. */
  readonly settings:
    | {
        readonly kind: "simple";
        readonly format: { readonly name: string; readonly config: JsonObject };
        readonly backpressure: boolean;
        readonly sendSnapshot: boolean;
      }
    | { readonly kind: "connector"; readonly config: JsonValue };
}

/** A subscription that has begun, and the format that its data is in. */
export interface Subscribed extends Subscription {
  readonly format: "csv" | "json";
}

/** Pipelines and their lifecycle. */
export interface PipelineUseCases {
  list(caller: Caller): Promise<readonly PipelineRecord[]>;
  get(caller: Caller, name: string): Promise<PipelineRecord>;
  create(caller: Caller, fields: PipelineFields): Promise<PipelineRecord>;
  replace(
    caller: Caller,
    name: string,
    fields: PipelineFields,
  ): Promise<{ readonly created: boolean; readonly record: PipelineRecord }>;
  patch(caller: Caller, name: string, fields: PipelineFields): Promise<PipelineRecord>;
  delete(caller: Caller, name: string): Promise<void>;
  start(
    caller: Caller,
    name: string,
    options: {
      readonly initial: string;
      readonly dismissError: boolean;
      /** The default policy where it is left out. */
      readonly bootstrap?: Bootstrap;
    },
  ): Promise<void>;
  /** Without `force`: drain, commit, deliver, then stop. */
  stop(caller: Caller, name: string, options: { readonly force: boolean }): Promise<void>;
  /** Answers the states it went from and to. */
  pause(caller: Caller, name: string): Promise<{ readonly from: string; readonly to: string }>;
  resume(caller: Caller, name: string): Promise<{ readonly from: string; readonly to: string }>;
  clear(caller: Caller, name: string): Promise<void>;
  dismissError(caller: Caller, name: string): Promise<void>;
  /** The latest of what happened to a pipeline, deployed or not. */
  logs(caller: Caller, name: string, request: LogRequest, options: CallOptions): Promise<Logs>;
  /** Gives the record now and whenever it has changed, conflated; ends when the pipeline is deleted. */
  watch(caller: Caller, name: string, options: CallOptions): AsyncIterable<PipelineRecord>;
}

/** Tokens. */
export interface TokenUseCases {
  issue(caller: Caller, address: ConnectorAddress, options: IssueOptions): Promise<string>;
  check(
    caller: Caller,
    pipeline: string,
    token: string,
    options?: CallOptions,
  ): Promise<TokenStatus>;
  /**
   * Resolves once complete, or with what is still pending when `timeoutMs` have passed; rejects when
   * the token is lost or the pipeline ends. A timeout over the service's maximum is cut to it.
   */
  wait(
    caller: Caller,
    pipeline: string,
    token: string,
    options: CallOptions & { readonly timeoutMs: number },
  ): Promise<TokenStatus>;
  /**
   * The status of several tokens, once all (or any) of them are complete, or when `timeoutMs` have
   * passed. With `all` a lost token, with `any` the last of only lost ones, rejects with its error,
   * whose details list all outcomes.
   */
  checkSeveral(
    caller: Caller,
    pipeline: string,
    tokens: readonly string[],
    options: CallOptions & { readonly mode: "all" | "any"; readonly timeoutMs: number },
  ): Promise<SeveralStatus>;
  /** The status now and whenever it has changed, conflated and never twice the same; ends after `complete`. */
  watch(
    caller: Caller,
    pipeline: string,
    token: string,
    options: CallOptions,
  ): AsyncIterable<TokenStatus>;
  /** One token that is complete exactly when all of these are. */
  join(caller: Caller, pipeline: string, tokens: readonly string[]): Promise<string>;
}

/** Connectors of a deployed pipeline. */
export interface ConnectorUseCases {
  /** With `skipRejected`, one that has stopped before a rejected record goes on behind it. */
  start(
    caller: Caller,
    address: ConnectorAddress,
    options?: { readonly skipRejected: boolean },
  ): Promise<void>;
  pause(caller: Caller, address: ConnectorAddress): Promise<void>;
  /** Has a paused output go on exactly where it stopped. */
  startOutput(caller: Caller, address: ConnectorAddress): Promise<void>;
  /** Has an output take nothing more; what it has not taken is kept, and holds up tokens. */
  pauseOutput(caller: Caller, address: ConnectorAddress): Promise<void>;
  inputStats(caller: Caller, address: ConnectorAddress): Promise<InputStatus>;
  outputStats(caller: Caller, address: ConnectorAddress): Promise<OutputStatus>;
  /** All of a pipeline's, sorted by endpoint, with its totals. */
  stats(
    caller: Caller,
    pipeline: string,
  ): Promise<{
    readonly record: PipelineRecord;
    readonly totals: PipelineTotals;
    readonly inputs: readonly InputStatus[];
    readonly outputs: readonly OutputStatus[];
    readonly paused: boolean;
    readonly life: string;
  }>;
}

/** A tenant's API keys. */
export interface KeyUseCases {
  /** Oldest first. */
  list(caller: Caller): Promise<readonly ApiKeyRecord[]>;
  get(caller: Caller, name: string): Promise<ApiKeyRecord>;
  /** Answers the key itself, this once; the role is `read` where none is asked. */
  create(
    caller: Caller,
    name: string,
    role: string | undefined,
  ): Promise<ApiKeyRecord & { readonly apiKey: string }>;
  /** Requests that come with the key are refused from now on. */
  delete(caller: Caller, name: string): Promise<void>;
}

/** The whole service. */
export interface Service extends AsyncDisposable {
  readonly keys: KeyUseCases;
  readonly pipelines: PipelineUseCases;
  readonly tokens: TokenUseCases;
  readonly connectors: ConnectorUseCases;
  ingest(caller: Caller, request: IngestRequest, options: CallOptions): Promise<Ingested>;
  /**
   * Runs one statement on the state after the last step. Rejects with `CompletionPending` where
   * tokens were to be waited for and the time was up.
   */
  query(caller: Caller, request: QueryRequest, options: CallOptions): Promise<QueryResult>;
  /** Begins after the last step; the stream ends with the pipeline, or rejects with why it can't go on. */
  subscribe(caller: Caller, request: SubscribeRequest, options: CallOptions): Promise<Subscribed>;
  /** Whether everything that was to be recovered at start-up has been. */
  readonly ready: boolean;
}
