import { type Service, ServiceError, type TokenStatus } from "@tidemark/service";
import { expect, test } from "vitest";

import { serve } from "./testing/serve.ts";

const PATH = "/v0/pipelines/p/completion_status/events?token=ct1_x";
const LIMITS = { maximumJsonBytes: 1000, maximumWaitSeconds: 5, keepAliveMs: 5 };

const PENDING: TokenStatus = {
  status: "inprogress",
  step: undefined,
  remaining: 3n,
  parts: [],
  rejected: undefined,
  verdict: {
    kind: "pending",
    remaining: [],
    reasons: [{ code: "processing", message: "on its way" }],
  },
};
const COMPLETE: TokenStatus = {
  status: "complete",
  step: 7n,
  remaining: 0n,
  parts: [],
  verdict: { kind: "complete" },
  rejected: undefined,
};

type Watch = Service["tokens"]["watch"];

const twiceThenComplete: Watch = async function* watch() {
  yield PENDING;
  yield PENDING;
  yield COMPLETE;
};

// oxlint-disable-next-line require-yield -- it fails before there is anything to give
const refused: Watch = async function* watch() {
  throw new ServiceError("TooManyWaiters", "too many");
};

function fieldsOf(text: string): readonly (readonly [string, unknown])[] {
  const events = text.split("\n\n").filter((event) => event !== "" && event !== ":");
  return events.map((event) => {
    const fields = new Map(event.split("\n").map((line) => [line.split(": ", 1)[0], line]));
    const value = (name: string): string => fields.get(name)?.slice(name.length + 2) ?? "";
    return [`${value("event")} ${value("id")} ${value("retry")}`.trim(), JSON.parse(value("data"))];
  });
}

test("what remains is told until it is complete, and then there is nothing to come back for", async () => {
  await using served = await serve({ tokens: { watch: twiceThenComplete } }, { limits: LIMITS });
  const response = await served.ask(PATH);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(fieldsOf(await response.text())).toEqual([
    ["status 1 1000", expect.objectContaining({ status: "inprogress" })],
    ["status 2", expect.objectContaining({ status: "inprogress" })],
    ["complete end", expect.objectContaining({ status: "complete", remaining: 0 })],
  ]);
  const again = await served.ask(PATH, { headers: { "Last-Event-ID": "end" } });
  expect([again.status, await again.text()]).toEqual([204, ""]);
});

test.each([
  ["CompletionTokenLost", "error end"],
  ["PipelineInteractionUnreachable", "error error 5000"],
] as const)("what ends it is told: of %s the client gets %j", async (reason, event) => {
  const watch: Watch = async function* watch() {
    yield PENDING;
    throw new ServiceError(reason, "over", { a: 1 });
  };
  await using served = await serve({ tokens: { watch } }, { limits: LIMITS });
  const [, last] = fieldsOf(await (await served.ask(PATH)).text());
  expect(last).toEqual([event, { message: "over", error_code: reason, details: { a: 1 } }]);
});

test("what goes wrong before the first event is answered as everywhere", async () => {
  await using served = await serve({ tokens: { watch: refused } }, { limits: LIMITS });
  const response = await served.ask(PATH);
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ error_code: "TooManyWaiters" });
});

test("while nothing changes a comment keeps the connection, and a client that leaves ends the watch", async () => {
  const ended = Promise.withResolvers<string>();
  const watch: Watch = async function* watch(_caller, _pipeline, _token, { signal }) {
    try {
      yield PENDING;
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      await promise;
    } finally {
      ended.resolve("ended");
    }
  };
  await using served = await serve({ tokens: { watch } }, { limits: LIMITS });
  const leave = new AbortController();
  const response = await served.ask(PATH, { signal: leave.signal });
  let seen = "";
  for await (const piece of response.body ?? []) {
    seen += Buffer.from(piece).toString();
    if (seen.endsWith(":\n\n:\n\n")) break;
  }
  leave.abort();
  await expect(ended.promise).resolves.toBe("ended");
});
