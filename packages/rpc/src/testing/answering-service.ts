/** A service that answers every method's case, for tests. */

import { type Caller, type IngestRequest, type Service, ServiceError } from "@tidemark/service";

import { type Given } from "./fake-service.ts";
import { INPUT, KEY, OUTPUT, RECORD, TOTALS } from "./samples.ts";
import { COMPLETE, PENDING } from "./token-samples.ts";

/** Writes down what a service is asked for. */
type Note = (name: string, caller: Caller, ...given: readonly unknown[]) => void;

/** A service that answers every case, and writes down what it is asked for. */
export function answering(asked: unknown[]): Given {
  const note: Note = (name, _caller, ...given) => {
    asked.push([name, ...given.map(withoutSignal)]);
  };
  return {
    pipelines: pipelinesThat(note),
    tokens: tokensThat(note),
    connectors: connectorsThat(note),
    keys: keysThat(note),
    async ingest(caller, request, options) {
      note("ingest", caller, { ...request, body: await textOf(request.body) }, options);
      return { token: "ct1_x", records: 3 };
    },
    query: answers(note)("query", queryResult()),
    subscribe: answers(note)("subscribe", subscribed()),
  };
}

function answers(
  note: Note,
): <T>(name: string, answer: T) => (caller: Caller, ...given: readonly unknown[]) => Promise<T> {
  return (name, answer) =>
    async (caller, ...given) => {
      note(name, caller, ...given);
      return answer;
    };
}

function pipelinesThat(note: Note): NonNullable<Given["pipelines"]> {
  const done = answers(note);
  return {
    list: done("list", [RECORD]),
    get: done("get", RECORD),
    create: done("create", RECORD),
    replace: done("replace", { created: true, record: RECORD }),
    patch: done("patch", RECORD),
    delete: done("delete", undefined),
    start: done("startPipeline", undefined),
    stop: done("stop", undefined),
    pause: done("pausePipeline", { from: "Running", to: "Paused" }),
    resume: done("resume", { from: "Paused", to: "Running" }),
    clear: done("clear", undefined),
    dismissError: done("dismissError", undefined),
    async *watch(...given) {
      note("watchPipeline", ...given);
      yield RECORD;
      yield { ...RECORD, name: "renamed" };
    },
  };
}

function keysThat(note: Note): NonNullable<Given["keys"]> {
  const done = answers(note);
  return {
    list: done("listKeys", [KEY]),
    get: done("getKey", KEY),
    create: done("createKey", { ...KEY, apiKey: "apikey:secret" }),
    delete: done("deleteKey", undefined),
  };
}

function tokensThat(note: Note): NonNullable<Given["tokens"]> {
  const done = answers(note);
  return {
    issue: done("issue", "ct1_x"),
    check: done("check", PENDING),
    wait: done("wait", COMPLETE),
    checkSeveral: done("checkSeveral", {
      status: "inprogress",
      tokens: [PENDING, { status: "lost", error: new ServiceError("CompletionTokenLost", "gone") }],
    }),
    join: done("join", "ct1_x"),
    async *watch(...given) {
      note("watch", ...given);
      yield PENDING;
      yield COMPLETE;
    },
  };
}

function connectorsThat(note: Note): NonNullable<Given["connectors"]> {
  const done = answers(note);
  return {
    start: done("start", undefined),
    pause: done("pause", undefined),
    startOutput: done("startOutput", undefined),
    pauseOutput: done("pauseOutput", undefined),
    inputStats: done("inputStats", INPUT),
    outputStats: done("outputStats", OUTPUT),
    stats: done("stats", {
      record: RECORD,
      totals: TOTALS,
      inputs: [INPUT],
      outputs: [OUTPUT],
      paused: true,
      life: "life",
    }),
  };
}

function queryResult(): Awaited<ReturnType<Service["query"]>> {
  const type = { kind: "integer", bits: 32, unsigned: false } as const;
  const batch = [[1], [2]];
  return {
    columns: [{ id: { name: "i", quoted: false }, type, nullable: false }],
    rows: {
      async *[Symbol.asyncIterator]() {
        yield batch;
      },
    },
  };
}

function subscribed(): Awaited<ReturnType<Service["subscribe"]>> {
  const chunk = { snapshot: false, step: 8n };
  const data = new TextEncoder().encode("[]");
  return {
    format: "json",
    afterStep: 7n,
    chunks: {
      async *[Symbol.asyncIterator]() {
        yield { ...chunk, sequenceNumber: 1, endOfStep: true, data };
        yield { ...chunk, sequenceNumber: 2, endOfStep: false, data: undefined };
      },
    },
  };
}

async function textOf(body: IngestRequest["body"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function withoutSignal(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("signal" in given)) return given;
  const { signal, ...rest } = given;
  if (!(signal instanceof AbortSignal)) throw new TypeError("a signal is no AbortSignal");
  return rest;
}
