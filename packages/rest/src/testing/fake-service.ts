/** A service for tests: answers what a test gives it and refuses everything else. */

import {
  type ConnectorUseCases,
  type KeyUseCases,
  type PipelineUseCases,
  type Service,
  type TokenUseCases,
} from "@tidemark/service";

/** The use cases that a test answers itself. */
export interface Fakes {
  readonly pipelines?: Partial<PipelineUseCases>;
  readonly tokens?: Partial<TokenUseCases>;
  readonly connectors?: Partial<ConnectorUseCases>;
  readonly keys?: Partial<KeyUseCases>;
  readonly ingest?: Service["ingest"];
  readonly query?: Service["query"];
  readonly subscribe?: Service["subscribe"];
  readonly ready?: boolean;
}

/** A service of which only the given use cases work. */
export function fakeService(fakes: Fakes): Service {
  return {
    pipelines: { ...NO_PIPELINES, ...fakes.pipelines },
    tokens: { ...NO_TOKENS, ...fakes.tokens },
    connectors: { ...NO_CONNECTORS, ...fakes.connectors },
    keys: { ...NO_KEYS, ...fakes.keys },
    ingest: fakes.ingest ?? missing,
    query: fakes.query ?? missing,
    subscribe: fakes.subscribe ?? missing,
    ready: fakes.ready ?? true,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function missing(): Promise<never> {
  return Promise.reject(new Error("secret: the test has no such use case"));
}

function nothing(): AsyncIterable<never> {
  throw new Error("the test has no such use case");
}

const NO_PIPELINES: PipelineUseCases = {
  list: missing,
  get: missing,
  create: missing,
  replace: missing,
  patch: missing,
  delete: missing,
  start: missing,
  stop: missing,
  pause: missing,
  resume: missing,
  clear: missing,
  dismissError: missing,
  logs: missing,
  watch: nothing,
};

const NO_KEYS: KeyUseCases = {
  list: missing,
  get: missing,
  create: missing,
  delete: missing,
};

const NO_TOKENS: TokenUseCases = {
  issue: missing,
  check: missing,
  wait: missing,
  checkSeveral: missing,
  watch: nothing,
  join: missing,
};

const NO_CONNECTORS: ConnectorUseCases = {
  start: missing,
  pause: missing,
  startOutput: missing,
  pauseOutput: missing,
  inputStats: missing,
  outputStats: missing,
  stats: missing,
};
