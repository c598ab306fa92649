/** Tokens through the client: what is waited for, and what becomes of it. */

import { Code } from "@connectrpc/connect";
import { Basis, CompletionService, CompletionStatus, IngestService } from "@tidemark/api";
import { expect, test } from "vitest";

import { createTidemarkClient } from "./client.ts";
import { TidemarkError } from "./tidemark-error.ts";
import { failure, type Served, serve } from "./testing/served.ts";
import { type TokenStatus } from "./token-status.ts";

const { IN_PROGRESS, COMPLETE } = CompletionStatus;
const pending = (remaining: bigint) => ({
  status: {
    status: IN_PROGRESS,
    remaining,
    reasons: [{ code: "processing", message: "it is being processed" }],
  },
});
const COMPLETED = { status: { status: COMPLETE, step: 7n, remaining: 0n } };

/** Serves one watching after the other; the last one again and again. */
function serveWatching(
  ...watchings: readonly ((
    signal: AbortSignal,
  ) => AsyncIterable<ReturnType<typeof pending> | typeof COMPLETED>)[]
): Promise<Served> {
  let calls = 0;
  return serve((router) => {
    router.rpc(CompletionService.method.watchToken, (_request, { signal }) => {
      const watching = watchings[Math.min(calls++, watchings.length - 1)];
      if (watching === undefined) throw new TypeError("no watching");
      return watching(signal);
    });
  });
}

async function* untilAborted(signal: AbortSignal): AsyncIterable<ReturnType<typeof pending>> {
  yield pending(5n);
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason));
  await promise;
}

test("waiting tells what remains until it is complete", async () => {
  await using served = await serveWatching(async function* watching() {
    yield pending(5n);
    yield pending(2n);
    yield COMPLETED;
  });
  const seen: TokenStatus[] = [];
  const onProgress = (status: TokenStatus): void => void seen.push(status);
  const status = await served.client.tokens.wait("p", "t", { onProgress });
  expect(status).toMatchObject({ complete: true, step: 7n, remaining: 0n, reasons: [], parts: [] });
  expect(seen.map(({ remaining }) => remaining)).toEqual([5n, 2n, 0n]);
  expect(seen[0]?.reasons).toEqual([{ code: "processing", message: "it is being processed" }]);
});

test("a wait whose time is up answers what remains", async () => {
  await using served = await serveWatching(untilAborted);
  let seen = 0n;
  const onProgress = ({ remaining }: TokenStatus): void => void (seen = remaining);
  const status = await served.client.tokens.wait("p", "t", { timeoutMs: 100, onProgress });
  expect(status).toMatchObject({ complete: false, remaining: seen });
});

test("a wait that is cancelled rejects with the signal's reason", async () => {
  await using served = await serveWatching(untilAborted);
  const cancel = new AbortController();
  const reason = new Error("enough");
  const waiting = served.client.tokens.wait("p", "t", {
    signal: cancel.signal,
    onProgress: () => cancel.abort(reason),
  });
  await expect(waiting).rejects.toBe(reason);
});

test("a wait goes on through a server that is not there for a moment", async () => {
  await using served = await serveWatching(
    // oxlint-disable-next-line require-yield -- it fails before there is anything to tell
    async function* stopping() {
      throw failure(Code.Unavailable, "ShuttingDown", {}, 1);
    },
    async function* cutOff() {
      yield pending(3n);
      throw failure(Code.Unavailable, "Initializing", {}, 1);
    },
    async function* watching() {
      yield COMPLETED;
    },
  );
  expect(await served.client.tokens.wait("p", "t")).toMatchObject({ complete: true });
});

test("a wait goes on where its connection breaks", async () => {
  await using served = await serveWatching(untilAborted, async function* watching() {
    yield COMPLETED;
  });
  const onProgress = ({ complete }: TokenStatus): void => {
    if (!complete) served.cut();
  };
  expect(await served.client.tokens.wait("p", "t", { onProgress })).toMatchObject({
    complete: true,
  });
});

test("a wait for a server that never comes ends with its time, not as complete, and says so", async () => {
  const served = await serve(() => {});
  await served[Symbol.asyncDispose]();
  const status = await served.client.tokens.wait("p", "t", { timeoutMs: 100 });
  expect(status).toMatchObject({ complete: false, reasons: [{ code: "unknown" }] });
});

test("where that is asked, a wait for a server that never answered rejects at once and names it", async () => {
  const served = await serve(() => {});
  await served[Symbol.asyncDispose]();
  await expect(served.client.tokens.wait("p", "t", { unreached: "reject" })).rejects.toMatchObject({
    reason: "Unreachable",
    details: { address: expect.stringMatching(/^http:..(?:127\.0\.0\.1|localhost):\d+$/u) },
  });
});

test.each([
  ["whose connection breaks", untilAborted],
  [
    "that says that it is stopping",
    // oxlint-disable-next-line require-yield -- it fails before there is anything to tell
    async function* stopping() {
      throw failure(Code.Unavailable, "ShuttingDown", {}, 1);
    },
  ],
] as const)("also then a server %s after it has answered is tried again", async (_how, first) => {
  await using served = await serveWatching(first, async function* watching() {
    yield COMPLETED;
  });
  const onProgress = ({ remaining }: TokenStatus): void => {
    if (remaining === 5n) served.cut();
  };
  const wait = served.client.tokens.wait("p", "t", { unreached: "reject", onProgress });
  expect(await wait).toMatchObject({ complete: true });
});

test("a wait for no time is a check", async () => {
  await using served = await serve((router) => {
    router.rpc(CompletionService.method.checkToken, () => pending(5n));
  });
  const seen: bigint[] = [];
  const onProgress = ({ remaining }: TokenStatus): void => void seen.push(remaining);
  const status = await served.client.tokens.wait("p", "t", { timeoutMs: 0, onProgress });
  expect(status).toMatchObject({ complete: false, remaining: 5n });
  expect(seen).toEqual([5n]);
});

test.each([
  [
    "a token is lost",
    failure(Code.FailedPrecondition, "CompletionTokenLost"),
    "CompletionTokenLost",
  ],
  [
    "a pipeline was stopped",
    failure(Code.Unavailable, "PipelineInteractionNotDeployed", { desired_status: "Stopped" }, 1),
    "PipelineInteractionNotDeployed",
  ],
])("a wait rejects at once where %s", async (_what, fault, reason) => {
  // oxlint-disable-next-line require-yield -- it fails before there is anything to tell
  await using served = await serveWatching(async function* failing() {
    throw fault;
  });
  await expect(served.client.tokens.wait("p", "t")).rejects.toMatchObject({ reason });
});

test("watching ends after complete", async () => {
  await using served = await serveWatching(async function* watching() {
    yield pending(1n);
    yield COMPLETED;
  });
  const seen: boolean[] = [];
  for await (const { complete } of served.client.tokens.watch("p", "t")) seen.push(complete);
  expect(seen).toEqual([false, true]);
});

test("tokens are issued, checked and joined", async () => {
  await using served = await serve((router) => {
    const { method } = CompletionService;
    router.rpc(method.generateToken, ({ pipeline, table, connector, basis }) => ({
      token: [pipeline, table, connector, basis].join(),
    }));
    router.rpc(method.checkToken, ({ pipeline, token }) => pending(BigInt(`${pipeline}${token}`)));
    router.rpc(method.joinTokens, ({ pipeline, tokens }) => ({
      token: [pipeline, ...tokens].join(),
    }));
  });
  const { tokens } = served.client;
  const address = { pipeline: "p", table: "t", connector: "c" };
  expect(await tokens.issue(address)).toBe(`p,t,c,${Basis.UNSPECIFIED}`);
  expect(await tokens.issue(address, { basis: "received" })).toBe(`p,t,c,${Basis.RECEIVED}`);
  expect(await tokens.issue(address, { basis: "head" })).toBe(`p,t,c,${Basis.HEAD}`);
  expect(await tokens.check("1", "2")).toMatchObject({ complete: false, remaining: 12n });
  expect(await tokens.join("p", ["a", "b"])).toBe("p,a,b");
});

test("a failed call rejects with its reason, message, details and code", async () => {
  await using served = await serve((router) => {
    router.rpc(CompletionService.method.checkToken, () => {
      throw failure(Code.NotFound, "UnknownPipelineName", { pipeline_name: "p" }, 2500);
    });
  });
  const error = await served.client.tokens.check("p", "t").catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(TidemarkError);
  expect(error).toMatchObject({
    message: "no",
    reason: "UnknownPipelineName",
    details: { pipeline_name: "p" },
    code: "NotFound",
    retryAfterMs: 2500,
  });
});

test("a call that no server answers is unreachable", async () => {
  const served = await serve(() => {});
  await served[Symbol.asyncDispose]();
  await expect(served.client.tokens.check("p", "t")).rejects.toMatchObject({
    reason: "Unreachable",
    code: "Unavailable",
  });
});

test("an API key goes with every call, on both ways", async () => {
  await using served = await serve(
    (router) => {
      router.rpc(CompletionService.method.joinTokens, (_request, { requestHeader }) => ({
        token: requestHeader.get("authorization") ?? "",
      }));
      router.rpc(IngestService.method.ingest, async (_requests, { requestHeader }) => ({
        token: requestHeader.get("authorization") ?? "",
      }));
    },
    { apiKey: "apikey:x" },
  );
  expect(await served.client.tokens.join("p", [])).toBe("Bearer apikey:x");
  const target = { pipeline: "p", table: "t", format: "json" } as const;
  const pushed = await served.client.ingest(target, Buffer.from("{}"));
  expect(pushed.token).toBe("Bearer apikey:x");
  const without = createTidemarkClient({ baseUrl: served.baseUrl });
  expect(await without.tokens.join("p", [])).toBe("");
});
