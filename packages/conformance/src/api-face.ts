/** A face of the service as the API suite sees it: the same calls and answers, whatever the protocol. */

/** An error as every face must give it. */
export interface ApiError {
  readonly reason: string;
  readonly message: string;
  /** Details by key; values that are not text are JSON. */
  readonly details: Readonly<Record<string, string>>;
}

/** What a call ends with. */
export type Outcome<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "error"; readonly error: ApiError };

/** A pipeline's id and states, in the words of the contract. */
export interface ApiPipeline {
  readonly id: string;
  readonly name: string;
  readonly programStatus: string;
  readonly deploymentStatus: string;
  readonly storageStatus: string;
  readonly programErrors: readonly {
    readonly errorType: string;
    readonly message: string;
    readonly startLine: number;
  }[];
  /** The error code of the last deployment's error; empty where there is none. */
  readonly deploymentError: string;
}

/** What a check or a wait answers. */
export interface ApiTokenStatus {
  readonly status: "complete" | "inprogress";
  readonly step: number | undefined;
  readonly remaining: number;
  /** Codes of what holds it up. */
  readonly reasons: readonly string[];
  /** How many of its records were rejected, and the first of them. */
  readonly rejected: number | undefined;
  readonly rejections: readonly ApiRejection[];
}

/** A rejected record. */
export interface ApiRejection {
  readonly connector: string;
  readonly offset: number | undefined;
  readonly error: string;
  readonly field: string | undefined;
  readonly record: string | undefined;
}

/** An input connector's state. */
export interface ApiInput {
  readonly endpoint: string;
  readonly paused: boolean;
  readonly endOfInput: boolean;
  readonly totalRecords: number;
}

/** Where an input connector is, as a caller spells it. */
export interface ApiAddress {
  readonly pipeline: string;
  readonly table: string;
  readonly connector: string;
}

/** Where an output connector is, as a caller spells it. */
export interface ApiOutputAddress {
  readonly pipeline: string;
  readonly view: string;
  readonly connector: string;
}

/** One push. */
export interface ApiPush {
  readonly pipeline: string;
  readonly table: string;
  readonly format: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly force?: boolean;
  /** JSON text of an object. */
  readonly metadata?: string;
  readonly key?: string;
  readonly durable?: boolean;
  readonly atomic?: boolean;
  /** Whole seconds. */
  readonly wait?: number;
  readonly body: string;
}

/** A push's receipt; the status is what a wait ended with. */
export interface ApiPushed {
  readonly token: string;
  readonly status: ApiTokenStatus["status"] | undefined;
}

/** The status of several tokens: of all together, and of each. */
export interface ApiSeveral {
  readonly status: ApiTokenStatus["status"];
  readonly tokens: readonly (ApiTokenStatus["status"] | "lost")[];
}

/** How to subscribe. */
export interface ApiSubscribe {
  readonly pipeline: string;
  readonly relation: string;
  readonly format: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly backpressure?: boolean;
  readonly sendSnapshot?: boolean;
}

/** A chunk of a subscription; data is parsed where it is JSON, and absent where nothing happened. */
export interface ApiChunk {
  readonly sequenceNumber: number;
  readonly snapshot: boolean;
  readonly step: number;
  readonly data: unknown;
}

/** A subscription that has begun; disposing it goes away. */
export interface ApiSubscription extends AsyncDisposable {
  /** The next chunk; undefined at the end of the stream. */
  next(): Promise<ApiChunk | undefined>;
}

/** A status that a watch sent: what every face says of it, and all that it says in its own way. */
export interface ApiWatched {
  readonly status: ApiTokenStatus;
  readonly whole: unknown;
}

/** A watch that has begun; disposing it goes away. */
export interface ApiWatch extends AsyncDisposable {
  /** What it sends next; undefined at its end. */
  next(): Promise<Outcome<ApiWatched> | undefined>;
}

/** Headers that a face sends with every call, such as its credentials. */
export type ApiHeaders = Readonly<Record<string, string>>;

/** A client that speaks one protocol to one server. */
export interface ApiFace extends AsyncDisposable {
  create(name: string, programCode: string): Promise<Outcome<ApiPipeline>>;
  /** Gives a pipeline another program. */
  edit(name: string, programCode: string): Promise<Outcome<ApiPipeline>>;
  get(name: string): Promise<Outcome<ApiPipeline>>;
  /** The names of all pipelines, oldest first. */
  list(): Promise<Outcome<readonly string[]>>;
  start(name: string, initial: string): Promise<Outcome<void>>;
  stop(name: string, options: { readonly force: boolean }): Promise<Outcome<void>>;
  pause(name: string): Promise<Outcome<void>>;
  resume(name: string): Promise<Outcome<void>>;
  clear(name: string): Promise<Outcome<void>>;
  delete(name: string): Promise<Outcome<void>>;
  token(address: ApiAddress, basis?: "received" | "head"): Promise<Outcome<string>>;
  check(pipeline: string, token: string): Promise<Outcome<ApiTokenStatus>>;
  /** Waits whole seconds, which every protocol can say. */
  wait(pipeline: string, token: string, seconds: number): Promise<Outcome<ApiTokenStatus>>;
  watch(pipeline: string, token: string): ApiWatch;
  join(pipeline: string, tokens: readonly string[]): Promise<Outcome<string>>;
  /** Checks at once, or waits so many seconds. */
  checkSeveral(
    pipeline: string,
    tokens: readonly string[],
    options: { readonly mode: "all" | "any"; readonly wait?: number },
  ): Promise<Outcome<ApiSeveral>>;
  /** Answers the token. */
  ingest(push: ApiPush): Promise<Outcome<string>>;
  /** The same push, with all that is answered. */
  push(push: ApiPush): Promise<Outcome<ApiPushed>>;
  /** Resolves once it has begun. */
  subscribe(subscribe: ApiSubscribe): Promise<Outcome<ApiSubscription>>;
  /** Answers the rows, parsed; with `after` once these tokens are complete, within whole seconds. */
  query(
    pipeline: string,
    sql: string,
    after?: { readonly tokens: readonly string[]; readonly seconds: number },
  ): Promise<Outcome<readonly unknown[]>>;
  startConnector(
    address: ApiAddress,
    options?: { readonly skipRejected: boolean },
  ): Promise<Outcome<void>>;
  pauseConnector(address: ApiAddress): Promise<Outcome<void>>;
  /** Of an output: the relation is a view. */
  startOutput(address: ApiOutputAddress): Promise<Outcome<void>>;
  pauseOutput(address: ApiOutputAddress): Promise<Outcome<void>>;
  input(address: ApiAddress): Promise<Outcome<ApiInput>>;
}

/** The value of a call that must work. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.kind === "value") return outcome.value;
  const { reason, message, details } = outcome.error;
  throw new Error(`${reason}: ${message} ${JSON.stringify(details)}`);
}

/** The error of a call that must be refused. */
export function errorOf(outcome: Outcome<unknown>): ApiError {
  if (outcome.kind === "error") return outcome.error;
  throw new Error(`the call must be refused; it answered ${JSON.stringify(outcome.value)}`);
}
