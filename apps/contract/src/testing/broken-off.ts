/** Clients that go away in the middle of what they send, or send what is not HTTP. */

import { once } from "node:events";
import { connect } from "node:net";

import * as fc from "fast-check";

import { type OddRequest } from "./odd-requests.ts";

/** Bytes that are sent before the connection is cut. */
export function brokenOff(
  requests: fc.Arbitrary<readonly OddRequest[]>,
): fc.Arbitrary<readonly Buffer[]> {
  const cut = fc.tuple(requests, fc.double({ min: 0, max: 1, noNaN: true }), NOISE);
  return cut.map(([some, share, noise]) => {
    const whole = some.map(written);
    return [...whole.map((bytes) => bytes.subarray(0, Math.ceil(bytes.length * share))), noise];
  });
}

const NOISE = fc
  .oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(
      "GET /v0/pipelines HTTP/1.1\r\n\r\n",
      "CONNECT target:80 HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /v0/pipelines HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      "POST /v0/pipelines/target/ingress/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz",
      "GET /v0/pipelines/target/query HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ),
  )
  .map((bytes) => Buffer.from(bytes));

function written({ method, target, headers, body = "" }: OddRequest): Buffer {
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}

/** Sends each on a connection of its own and cuts it once the bytes are on their way. */
export async function breakOff(port: number, all: readonly Buffer[]): Promise<void> {
  await Promise.all(
    all.map(async (bytes) => {
      const socket = connect(port, "127.0.0.1");
      // The server may have cut it first.
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write(bytes, () => socket.resetAndDestroy());
      if (!socket.closed) await once(socket, "close");
    }),
  );
}
