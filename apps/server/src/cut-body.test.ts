/** Bodies that are cut off on their way: what is kept of them, by what was asked for. */

import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, textOf } from "./testing/rest-client.ts";

const PROGRAM = "CREATE TABLE t (n BIGINT NOT NULL) WITH ('materialized' = 'true');";
/** Two whole records, and the beginning of one. */
const BEGINNING = "1\n2\n3";
const WHOLE = "1\n2\n34\n5\n";

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A way to begin a push, and to go away in the middle of its body. */
interface Cut {
  readonly atomic: boolean;
  readonly key?: string;
}

type Way = (pipeline: string, cut: Cut) => Promise<{ goAway: () => Promise<unknown> }>;

function pathOf(pipeline: string, { atomic }: Pick<Cut, "atomic">): string {
  return `/v0/pipelines/${pipeline}/ingress/t?format=csv&atomic=${atomic}`;
}

/** Over REST; `framing` says how long the body is to be. */
function overRest(framing: string, beginning: string): Way {
  return async (pipeline, cut) => {
    const { hostname, port } = new URL(server.http);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const key = cut.key === undefined ? "" : `Idempotency-Key: ${cut.key}\r\n`;
    socket.write(
      `POST ${pathOf(pipeline, cut)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${framing}\r\n${key}\r\n${beginning}`,
    );
    return {
      goAway: () => {
        const closed = once(socket, "close");
        socket.destroy();
        return closed;
      },
    };
  };
}

/** Over gRPC, by bytes: the header, one piece, and then the stream is cancelled. */
const overGrpc: Way = async (pipeline, cut) => {
  const session = connectHttp2(`http://${server.grpc}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/tidemark.v1.IngestService/Ingest",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => undefined);
  const header = [
    field(1, pipeline),
    field(2, "t"),
    field(3, "csv"),
    ...(cut.key === undefined ? [] : [field(6, cut.key)]),
    ...(cut.atomic ? [Buffer.from([(9 << 3) | 0, 1])] : []),
  ];
  stream.write(message(field(1, Buffer.concat(header))));
  stream.write(message(field(2, BEGINNING)));
  await once(session, "connect");
  return {
    goAway: async () => {
      const closed = once(stream, "close");
      stream.close(constants.NGHTTP2_CANCEL);
      await closed;
      session.close();
    },
  };
};

/** A field of a protocol buffer that holds bytes, fewer than 128. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

/** A message of gRPC. */
function message(bytes: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

async function push(pipeline: string, body: string, cut: Cut): Promise<void> {
  const headers: HeadersInit = cut.key === undefined ? {} : { "Idempotency-Key": cut.key };
  const url = `${server.http}${pathOf(pipeline, cut)}`;
  const response = await fetch(url, { method: "POST", headers, body });
  const answer = { status: response.status, body: await response.json() };
  expect(answer.status).toBe(200);
  const token = encodeURIComponent(textOf(answer, "token"));
  const status = `${server.http}/v0/pipelines/${pipeline}/completion_status?token=${token}`;
  expect(textOf(await send(status, { wait: 30 }), "status")).toBe("complete");
}

async function numbers(pipeline: string): Promise<readonly number[]> {
  const rows = await query(server.http, pipeline, "SELECT n FROM t ORDER BY n");
  return rows.map((row) => Number(Object.values(Object(row))[0]));
}

/** Asks until the rows are these. */
async function untilRows(pipeline: string, rows: readonly number[]): Promise<void> {
  while (JSON.stringify(await numbers(pipeline)) !== JSON.stringify(rows)) await sleep(20);
}

const CHUNK = `${BEGINNING.length.toString(16)}\r\n${BEGINNING}\r\n`;
const WAYS: readonly (readonly [string, Way])[] = [
  ["before its Content-Length", overRest("Content-Length: 100", BEGINNING)],
  ["before its last chunk", overRest("Transfer-Encoding: chunked", CHUNK)],
  ["before the end of its gRPC stream", overGrpc],
];

test.each(WAYS)(
  "H14: a body that is cut off %s keeps its whole records, and under a key goes on where it stood",
  async (name, way) => {
    const pipeline = `kept-${name.replaceAll(/\W/g, "")}`;
    await startPipeline(server.http, pipeline, PROGRAM);
    const plain = await way(pipeline, { atomic: false });
    await untilRows(pipeline, [1, 2]);
    await plain.goAway();
    const keyed = { atomic: false, key: "k" };
    const cut = await way(pipeline, keyed);
    await untilRows(pipeline, [1, 1, 2, 2]);
    await cut.goAway();
    await push(pipeline, WHOLE, keyed);
    expect(await numbers(pipeline)).toEqual([1, 1, 2, 2, 5, 34]);
    await push(pipeline, WHOLE, keyed);
    expect(await numbers(pipeline)).toEqual([1, 1, 2, 2, 5, 34]);
  },
);

test.each(WAYS)("H14: an atomic body that is cut off %s leaves nothing", async (name, way) => {
  const pipeline = `nothing-${name.replaceAll(/\W/g, "")}`;
  await startPipeline(server.http, pipeline, PROGRAM);
  for (const key of [undefined, "k"]) {
    const cut: Cut = key === undefined ? { atomic: true } : { atomic: true, key };
    const { goAway } = await way(pipeline, cut);
    // Comes behind the cut body on another connection, so that the server has met that one.
    await push(pipeline, "7\n", { atomic: false });
    await goAway();
  }
  await push(pipeline, "8\n", { atomic: true, key: "k" });
  expect(await numbers(pipeline)).toEqual([7, 7, 8]);
});
