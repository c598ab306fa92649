/** A service for tests: answers what it is told to, and nothing else. */

import { type Service } from "@tidemark/service";

/** What a test says of each use case; the rest rejects. */
export interface Given {
  readonly pipelines?: Partial<Service["pipelines"]>;
  readonly tokens?: Partial<Service["tokens"]>;
  readonly connectors?: Partial<Service["connectors"]>;
  readonly keys?: Partial<Service["keys"]>;
  readonly ingest?: Service["ingest"];
  readonly query?: Service["query"];
  readonly subscribe?: Service["subscribe"];
  readonly ready?: () => boolean;
}

/** The service that behaves as given. */
export function fakeService(given: Given): Service {
  return {
    pipelines: {
      list: rejects,
      get: rejects,
      create: rejects,
      replace: rejects,
      patch: rejects,
      delete: rejects,
      start: rejects,
      stop: rejects,
      pause: rejects,
      resume: rejects,
      clear: rejects,
      dismissError: rejects,
      logs: rejects,
      watch: rejectsAll,
      ...given.pipelines,
    },
    tokens: {
      issue: rejects,
      check: rejects,
      wait: rejects,
      checkSeveral: rejects,
      watch: rejectsAll,
      join: rejects,
      ...given.tokens,
    },
    connectors: {
      start: rejects,
      pause: rejects,
      startOutput: rejects,
      pauseOutput: rejects,
      inputStats: rejects,
      outputStats: rejects,
      stats: rejects,
      ...given.connectors,
    },
    keys: {
      list: rejects,
      get: rejects,
      create: rejects,
      delete: rejects,
      ...given.keys,
    },
    ingest: given.ingest ?? rejects,
    query: given.query ?? rejects,
    subscribe: given.subscribe ?? rejects,
    get ready() {
      return given.ready?.() ?? true;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function rejects(): Promise<never> {
  return Promise.reject(new Error("the test did not expect this call"));
}

// oxlint-disable-next-line require-yield -- it fails before there is anything to give
async function* rejectsAll(): AsyncIterable<never> {
  throw new Error("the test did not expect this call");
}
