/** Every fault that the proxy offers really happens, and ends when it is healed. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";

import { freePort } from "./free-port.ts";
import { TcpProxy } from "./tcp-proxy.ts";

let server: Server;
let proxy: TcpProxy;
let serverPort: number;
let arrived: string;

beforeEach(async () => {
  arrived = "";
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      arrived += data.toString();
      socket.write(data);
    });
  });
  serverPort = await freePort();
  server.listen(serverPort, "127.0.0.1");
  await once(server, "listening");
  proxy = await TcpProxy.open(serverPort);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
});

async function dial(through: TcpProxy = proxy): Promise<Socket> {
  const socket = connect(through.port, through.host);
  await once(socket, "connect");
  socket.on("error", () => undefined);
  return socket;
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, "data");
  return String(data);
}

test("what is sent arrives, in both directions", async () => {
  const socket = await dial();
  expect(await echo(socket, "hello")).toBe("hello");
  expect(proxy.connections).toBe(1);
});

test("a cut resets every connection, and new ones pass", async () => {
  const socket = await dial();
  await echo(socket, "before");
  const ended = once(socket, "error");
  proxy.cut();
  expect(await ended).toMatchObject([{ code: "ECONNRESET" }]);
  expect(await echo(await dial(), "after")).toBe("after");
});

test("while connections are refused none can be made, until it is healed", async () => {
  await proxy.refuse();
  await expect(dial()).rejects.toThrow("ECONNREFUSED");
  await proxy.heal();
  expect(await echo(await dial(), "after")).toBe("after");
});

test("redirected, new connections lead elsewhere, and open ones stay", async () => {
  const old = await dial();
  await echo(old, "before ");
  proxy.redirect(await freePort());
  expect(await echo(old, "old")).toBe("old");
  // Nothing listens there.
  await once(await dial(), "close");
  proxy.redirect(serverPort);
  expect(await echo(await dial(), "back")).toBe("back");
});

test("silence holds everything back without closing anything, and loses nothing", async () => {
  const old = await dial();
  await echo(old, "before ");
  proxy.silence();
  const fresh = await dial();
  const answers = Promise.all([echo(old, "old"), echo(fresh, "new")]);
  // Meanwhile others talk to the same server, through another network.
  await using beside = await TcpProxy.open(serverPort);
  const talker = await dial(beside);
  for (let turn = 0; turn < 50; turn += 1) await echo(talker, ".");
  expect(arrived).toBe(`before ${".".repeat(50)}`);
  expect([old.readyState, fresh.readyState]).toEqual(["open", "open"]);
  await proxy.heal();
  expect(await answers).toEqual(["old", "new"]);
});

test("a delay holds back every piece of data, and keeps their order", async () => {
  const socket = await dial();
  await echo(socket, "0");
  proxy.delay(30);
  const began = performance.now();
  expect(await echo(socket, "1")).toBe("1");
  // Both ways; a timer may round down by a millisecond.
  expect(performance.now() - began).toBeGreaterThanOrEqual(58);
  socket.write("2");
  proxy.delay(0);
  expect(await echo(socket, "3")).toMatch(/^23?$/);
});
