/** Streams and the ends of calls: order, back-pressure, cancelling, deadlines. */

import { request as httpRequest } from "node:http";

import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { status } from "@grpc/grpc-js";
import { CompletionService, IngestRequestSchema, IngestService } from "@tidemark/api";
import { type IngestRequest, type QueryResult } from "@tidemark/service";
import { expect, test } from "vitest";

import { type Given } from "./testing/fake-service.ts";
import { plainClient, type PlainClient } from "./testing/plain-client.ts";
import { serve } from "./testing/served.ts";

const CHECK = "tidemark.v1.CompletionService/CheckToken";
const WAIT = "tidemark.v1.CompletionService/WaitToken";
const WATCH = "tidemark.v1.CompletionService/WatchToken";
const INGEST = "tidemark.v1.IngestService/Ingest";
const CHUNK = 256 * 1024;
const HEADER = { pipeline: "p", table: "t", format: "json" };
const COMPLETE = {
  status: "complete",
  step: 1n,
  remaining: 0n,
  parts: [],
  verdict: { kind: "complete" },
  rejected: undefined,
} as const;
const READY: Given["tokens"] = { check: () => Promise.resolve(COMPLETE) };

/** Rejects with the reason once the signal aborts; tells when it is being waited for. */
function untilAborted(signal: AbortSignal, begun: () => void): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason));
  begun();
  return promise;
}

/** Gives whatever is under way on the same server time to go on. */
async function roundTrips(client: PlainClient): Promise<void> {
  for (let count = 0; count < 20; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    await client.unary(CHECK, {});
  }
}

/** A service whose waits last until they are aborted, and what became of the first of them. */
function waitingService(): {
  readonly given: Given;
  readonly begun: Promise<void>;
  readonly hasBegun: () => boolean;
  readonly ended: Promise<unknown>;
} {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  let reached = false;
  begun.promise.then(
    () => (reached = true),
    () => {},
  );
  return {
    begun: begun.promise,
    hasBegun: () => reached,
    ended: ended.promise,
    given: {
      tokens: {
        wait: (_caller, _pipeline, _token, { signal }) => {
          const waiting = untilAborted(signal, begun.resolve);
          waiting.catch(ended.resolve);
          return waiting;
        },
      },
    },
  };
}

/** Calls with ever later deadlines until one of the calls has reached the service. */
async function withDeadlines(
  hasBegun: () => boolean,
  call: (deadlineMs: number) => Promise<unknown>,
): Promise<void> {
  for (let deadlineMs = 50; !hasBegun(); deadlineMs *= 2) {
    // oxlint-disable-next-line no-await-in-loop -- the next is for where this one came too late
    await call(deadlineMs);
  }
}

test("cancelling a wait aborts its signal", async () => {
  const { given, begun, ended } = waitingService();
  await using served = await serve(given);
  using client = plainClient(served.grpcAddress);
  const call = client.cancellable(WAIT, {});
  await begun;
  call.cancel();
  await expect(call.answer).rejects.toMatchObject({ code: status.CANCELLED });
  expect(await ended).toEqual(new Error("the caller has given up"));
  expect(served.faults).toEqual([]);
});

test("a deadline ends a wait and aborts its signal", async () => {
  const { given, hasBegun, ended } = waitingService();
  await using served = await serve(given);
  using client = plainClient(served.grpcAddress);
  await withDeadlines(hasBegun, (deadlineMs) =>
    expect(client.unary(WAIT, {}, { deadlineMs })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    }),
  );
  expect(await ended).toBeInstanceOf(Error);
  expect(served.faults).toEqual([]);
});

test("a deadline over HTTP ends a wait and aborts its signal", async () => {
  const { given, hasBegun, ended } = waitingService();
  await using served = await serve(given);
  const transport = createConnectTransport({ baseUrl: served.httpUrl, httpVersion: "1.1" });
  const client = createClient(CompletionService, transport);
  await withDeadlines(hasBegun, (timeoutMs) =>
    expect(client.waitToken({}, { timeoutMs })).rejects.toThrow("deadline"),
  );
  expect(await ended).toBeInstanceOf(Error);
  expect(served.faults).toEqual([]);
});

test("H10: a client over HTTP that goes away aborts the signal", async () => {
  const { given, begun, ended } = waitingService();
  await using served = await serve(given);
  const transport = createConnectTransport({ baseUrl: served.httpUrl, httpVersion: "1.1" });
  const client = createClient(CompletionService, transport);
  const leaving = new AbortController();
  const left = client.waitToken({}, { signal: leaving.signal });
  await begun;
  leaving.abort();
  await expect(left).rejects.toThrow("abort");
  expect(await ended).toBeInstanceOf(Error);
  expect(served.faults).toEqual([]);
});

test("H10: of a thousand waits that clients abandon every one ends", async () => {
  const COUNT = 1000;
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let waiting = 0;
  await using served = await serve({
    tokens: {
      wait: (_caller, _pipeline, _token, { signal }) => {
        waiting += 1;
        if (waiting === COUNT) begun.resolve();
        const wait = untilAborted(signal, () => {});
        wait.catch(() => {
          waiting -= 1;
          if (waiting === 0) ended.resolve();
        });
        return wait;
      },
    },
  });
  using client = plainClient(served.grpcAddress);
  const calls = Array.from({ length: COUNT }, () => client.cancellable(WAIT, {}));
  const answers = Promise.allSettled(calls.map(({ answer }) => answer));
  await begun.promise;
  for (const call of calls) call.cancel();
  await ended.promise;
  expect(new Set((await answers).map(({ status: how }) => how))).toEqual(new Set(["rejected"]));
  expect(served.faults).toEqual([]);
});

test("a watcher that leaves ends the watching", async () => {
  const ended = Promise.withResolvers<unknown>();
  await using served = await serve({
    tokens: {
      async *watch(_caller, _pipeline, _token, { signal }) {
        yield { ...COMPLETE, status: "inprogress" };
        try {
          await untilAborted(signal, () => {});
        } finally {
          ended.resolve("ended");
        }
      },
    },
  });
  using client = plainClient(served.grpcAddress);
  const answers = client.stream(WATCH, {});
  answers.on("error", () => {});
  await answers[Symbol.asyncIterator]().next();
  answers.cancel();
  expect(await ended.promise).toBe("ended");
});

test("rows are made no faster than they are read, and all arrive in order", async () => {
  const total = 300;
  let made = 0;
  const rows: QueryResult["rows"] = {
    async *[Symbol.asyncIterator]() {
      while (made < total) yield [[`${made++}${"x".repeat(64 * 1024)}`]];
    },
  };
  await using served = await serve({
    tokens: READY,
    query: () => Promise.resolve({ columns: [], rows }),
  });
  using reader = plainClient(served.grpcAddress);
  using other = plainClient(served.grpcAddress);
  const answers = reader.stream("tidemark.v1.QueryService/Query", {})[Symbol.asyncIterator]();
  await answers.next();
  await roundTrips(other);
  expect(made).toBeLessThan(total / 2);
  let expected = 0;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- the order is what is tested
    const next = await answers.next();
    if (next.done === true) break;
    expect(JSON.stringify(next.value)).toContain(`\\"${expected}x`);
    expected += 1;
  }
  expect(expected).toBe(total);
});

test("a pushed body arrives whole and in order, and no faster than it is taken", async () => {
  const total = 40;
  const open = Promise.withResolvers<void>();
  const seen: Buffer[] = [];
  await using served = await serve({
    tokens: READY,
    async ingest(_caller, { body, ...request }) {
      await open.promise;
      for await (const chunk of body) seen.push(Buffer.from(chunk));
      expect(request).toMatchObject({ pipeline: "p", table: "t", force: true });
      expect(request.format).toEqual({ name: "json", config: { array: "true" } });
      return { token: "ct1_x", records: 5 };
    },
  });
  using client = plainClient(served.grpcAddress);
  using other = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  sink.write({ header: { ...HEADER, formatParameters: { array: "true" }, force: true } });
  let flushed = 0;
  for (let index = 0; index < total; index += 1) {
    sink.write({ data: Buffer.alloc(CHUNK, index) }, () => (flushed += 1));
  }
  sink.end({ end: {} });
  await roundTrips(other);
  expect(flushed).toBeLessThan(total * 0.75);
  open.resolve();
  expect(await answer).toMatchObject({ token: "ct1_x", records: expect.anything() });
  expect(seen.map((chunk) => [chunk.length, chunk[0]])).toEqual(
    Array.from({ length: total }, (_, index) => [CHUNK, index]),
  );
});

test("a chunk of 16 MiB is too large, and says so", async () => {
  await using served = await serve({
    async ingest(_caller, { body }) {
      return { token: "ct1_x", records: await counted(body) };
    },
  });
  using client = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  sink.write({ header: HEADER });
  sink.end({ data: Buffer.alloc(16 * 1024 * 1024) });
  await expect(answer).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: expect.stringContaining("is larger than allowed"),
  });
});

test.each([
  ["nothing at all", []],
  ["data before the header", [{ data: Buffer.from("x") }]],
  ["a second header", [{ header: HEADER }, { header: HEADER }]],
  ["a body without an end", [{ header: HEADER }, { data: Buffer.from("x") }]],
])("a push of %s is refused", async (_what, pieces) => {
  await using served = await serve({
    async ingest(_caller, { body }) {
      return { token: "ct1_x", records: await counted(body) };
    },
  });
  using client = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  for (const piece of pieces) sink.write(piece);
  sink.end();
  await expect(answer).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test("a push that is refused early tells why, whatever the client still sends", async () => {
  await using served = await serve({});
  using client = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  sink.write({ header: HEADER });
  for (let index = 0; index < 32; index += 1) sink.write({ data: Buffer.alloc(1024 * 1024) });
  await expect(answer).rejects.toMatchObject({ code: status.INTERNAL });
});

async function counted(chunks: AsyncIterable<Uint8Array>, seen?: () => void): Promise<number> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) {
    all.push(chunk);
    seen?.();
  }
  return all.length;
}

/** What became of a body that the service reads to its end, if it comes to one. */
function readingBodies(): {
  readonly given: Given;
  readonly begun: Promise<void>;
  readonly outcome: Promise<string>;
} {
  const begun = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<string>();
  const read = async ({ body }: IngestRequest): Promise<void> => {
    await counted(body, begun.resolve);
  };
  return {
    begun: begun.promise,
    outcome: outcome.promise,
    given: {
      async ingest(_caller, request) {
        await read(request).then(
          () => outcome.resolve("whole"),
          (error: unknown) => {
            outcome.resolve("cut off");
            throw error;
          },
        );
        return { token: "ct1_x", records: 1 };
      },
    },
  };
}

test("a body that is cut off never looks like one that has ended", async () => {
  const { given, begun, outcome } = readingBodies();
  await using served = await serve(given);
  using client = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  sink.write({ header: HEADER });
  sink.write({ data: Buffer.from("{}") });
  await begun;
  sink.cancel();
  await expect(answer).rejects.toMatchObject({ code: status.CANCELLED });
  expect(await outcome).toBe("cut off");
  expect(served.faults).toEqual([]);
});

test("a body whose connection breaks never looks like one that has ended", async () => {
  const { given, begun, outcome } = readingBodies();
  await using served = await serve(given);
  using client = plainClient(served.grpcAddress);
  const { sink, answer } = client.push(INGEST);
  sink.write({ header: HEADER });
  sink.write({ data: Buffer.from("{}") });
  await begun;
  const failed = answer.then(
    () => "answered",
    () => "failed",
  );
  await served.grpc[Symbol.asyncDispose]();
  expect(await failed).toBe("failed");
  expect(await outcome).toBe("cut off");
  expect(served.faults).toEqual([]);
});

test("a body that is cut off over HTTP never looks like one that has ended", async () => {
  const { given, begun, outcome } = readingBodies();
  await using served = await serve(given);
  const sending = httpRequest(`${served.httpUrl}/${IngestService.typeName}/Ingest`, {
    method: "POST",
    headers: { "Content-Type": "application/connect+proto" },
  });
  sending.on("error", () => {});
  sending.write(enveloped({ case: "header", value: HEADER }));
  sending.write(enveloped({ case: "data", value: Buffer.from("{}") }));
  await begun;
  sending.destroy();
  expect(await outcome).toBe("cut off");
  expect(served.faults).toEqual([]);
});

function enveloped(
  piece:
    | { readonly case: "header"; readonly value: typeof HEADER }
    | { readonly case: "data"; readonly value: Uint8Array },
): Buffer {
  const message = toBinary(IngestRequestSchema, create(IngestRequestSchema, { piece }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

async function* wholePush(): AsyncIterable<{
  piece:
    | { case: "header"; value: typeof HEADER }
    | { case: "data"; value: Uint8Array }
    | { case: "end"; value: object };
}> {
  yield { piece: { case: "header", value: HEADER } };
  yield { piece: { case: "data", value: Buffer.from("{}") } };
  yield { piece: { case: "end", value: {} } };
}

test("a body can be pushed in pieces over Connect", async () => {
  const { given, outcome } = readingBodies();
  await using served = await serve(given);
  const transport = createConnectTransport({ baseUrl: served.httpUrl, httpVersion: "1.1" });
  expect(await createClient(IngestService, transport).ingest(wholePush())).toMatchObject({
    token: "ct1_x",
    records: 1n,
  });
  expect(await outcome).toBe("whole");
});
