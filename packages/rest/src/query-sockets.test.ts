import { createServer } from "node:http";

import {
  OPEN_ACCESS,
  originNotAllowed,
  type QueryRequest,
  type QueryResult,
  type Service,
} from "@tidemark/service";
import { expect, test } from "vitest";
import { WebSocket } from "ws";

import { openQuerySockets, type QuerySocketOptions, type QuerySockets } from "./query-sockets.ts";
import { fakeService } from "./testing/fake-service.ts";
import { rawExchange } from "./testing/raw-exchange.ts";
import { someStats } from "./testing/samples.ts";
import { restOptions } from "./testing/serve.ts";
import { isQueryUpgrade } from "./upgrade.ts";

interface ServedSockets extends AsyncDisposable {
  readonly port: number;
  readonly sockets: QuerySockets;
  /** Lets so many beats pass. */
  beat(): void;
  open(protocols?: readonly string[]): Promise<WebSocket>;
}

async function serveSockets(
  query: Service["query"],
  options: Partial<QuerySocketOptions> = {},
): Promise<ServedSockets> {
  const service = fakeService({ query, connectors: { stats: () => Promise.resolve(someStats()) } });
  const beats = new Set<() => void>();
  const sockets = openQuerySockets({
    ...restOptions(service),
    access: OPEN_ACCESS,
    refusal: () => undefined,
    maximumWaitSeconds: 10,
    every(_ms, run) {
      beats.add(run);
      return () => beats.delete(run);
    },
    ...options,
  });
  const server = createServer({ shouldUpgradeCallback: isQueryUpgrade }, (_, response) => {
    response.end("plain");
  });
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("there is no port");
  return {
    port: bound.port,
    sockets,
    beat: () => beats.forEach((run) => run()),
    async open(protocols = []) {
      const url = `ws://127.0.0.1:${bound.port}/v0/pipelines/p/query`;
      const socket = new WebSocket(url, [...protocols]);
      const opened = Promise.withResolvers<void>();
      socket.once("open", () => opened.resolve());
      socket.once("error", (fault) => opened.reject(fault));
      await opened.promise;
      return socket;
    },
    async [Symbol.asyncDispose]() {
      sockets.end();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function closeOf(socket: WebSocket): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  socket.once("close", resolve);
  return promise;
}

const TYPE = { kind: "integer", bits: 32, unsigned: false } as const;
const COLUMNS = [{ id: { name: "a", quoted: false }, type: TYPE, nullable: false }];

/** Answers one row, then waits for the end. */
function endless(signal: AbortSignal, ended: () => void): QueryResult {
  return {
    columns: COLUMNS,
    rows: (async function* rows() {
      try {
        yield [[1]];
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener("abort", () => reject(signal.reason));
        await promise;
      } finally {
        ended();
      }
    })(),
  };
}

test("a client that closes its socket ends its query", async () => {
  const ended = Promise.withResolvers<void>();
  await using served = await serveSockets(async (_caller, _request, { signal }) =>
    endless(signal, ended.resolve),
  );
  const socket = await served.open();
  socket.send('{"format":"json"}');
  socket.once("message", () => socket.terminate());
  await expect(ended.promise).resolves.toBeUndefined();
});

test("a client that answers no ping is given up with its query", async () => {
  const ended = Promise.withResolvers<void>();
  await using served = await serveSockets(async (_caller, _request, { signal }) =>
    endless(signal, ended.resolve),
  );
  const socket = await served.open();
  socket.send('{"format":"json"}');
  socket.once("message", () => {
    socket.pause();
    served.beat();
    served.beat();
  });
  await expect(ended.promise).resolves.toBeUndefined();
  socket.terminate();
});

test("a socket that asks nothing is closed, and so are those when the server stops", async () => {
  await using served = await serveSockets(() => Promise.reject(new Error("not asked")));
  const first = await served.open();
  const pinged = Promise.withResolvers<void>();
  first.once("ping", () => pinged.resolve());
  served.beat();
  await pinged.promise;
  // The pong was sent before this, so that a second ping tells that it has come.
  const closed = closeOf(first);
  first.ping();
  await new Promise((resolve) => {
    first.once("pong", resolve);
  });
  served.beat();
  expect(await closed).toBe(1008);
  const second = await served.open();
  const going = closeOf(second);
  served.sockets.refuse();
  expect(await going).toBe(1001);
});

async function* noRows(): AsyncGenerator<never> {
  // Nothing is found.
}

test("a message says what is asked; tokens may be one or several", async () => {
  const asked: QueryRequest[] = [];
  await using served = await serveSockets((_caller, request) => {
    asked.push(request);
    return Promise.resolve({ columns: COLUMNS, rows: noRows() });
  });
  for (const message of [
    {},
    { sql: "SELECT 1", after: "ct1_a", other: 1 },
    { sql: "SELECT 1", after: ["ct1_a", "ct1_b"], timeout: 99 },
  ]) {
    const socket = await served.open();
    socket.send(JSON.stringify(message));
    expect(await closeOf(socket)).toBe(1000);
  }
  expect(asked).toEqual([
    { pipeline: "p", sql: "", after: undefined },
    { pipeline: "p", sql: "SELECT 1", after: { tokens: ["ct1_a"], timeoutMs: 10_000 } },
    { pipeline: "p", sql: "SELECT 1", after: { tokens: ["ct1_a", "ct1_b"], timeoutMs: 10_000 } },
  ]);
});

test("the subprotocol with a secret is not the one that is agreed on", async () => {
  await using served = await serveSockets(() => Promise.reject(new Error("not asked")));
  const secret = "feldera-bearer.c2VjcmV0";
  expect((await served.open([secret, "feldera"])).protocol).toBe("feldera");
  expect((await served.open([secret])).protocol).toBe(secret);
});

const UPGRADE = (path: string, more = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;

test("what is refused before the upgrade is an HTTP error with the usual envelope", async () => {
  await using served = await serveSockets(() => Promise.reject(new Error("not asked")), {
    refusal: ({ headers }) =>
      headers.origin === undefined ? undefined : originNotAllowed(headers.origin),
    access: {
      ...OPEN_ACCESS,
      authenticate: () => Promise.resolve({ tenant: "default", role: "read" }),
    },
  });
  const foreign = await rawExchange(
    served.port,
    UPGRADE("/v0/pipelines/p/query", "Origin: https://evil.example\r\n"),
  );
  expect(foreign).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*"error_code":"OriginNotAllowed"/u);
  const lowly = await rawExchange(served.port, UPGRADE("/v0/pipelines/p/query"));
  expect(lowly).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*"error_code":"InsufficientPermissions"/u);
});

test("an upgrade where there is no websocket is answered as a plain request", async () => {
  await using served = await serveSockets(() => Promise.reject(new Error("not asked")));
  const answer = await rawExchange(
    served.port,
    UPGRADE("/v0/pipelines").replace("Connection: Upgrade", "Connection: Upgrade, close"),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*plain/u);
});
