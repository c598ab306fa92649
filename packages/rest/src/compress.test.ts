import { gunzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { rawExchange } from "./testing/raw-exchange.ts";
import { aRecord } from "./testing/samples.ts";
import { type Served, serve } from "./testing/serve.ts";

/** The head, and the body as bytes in latin-1. */
async function asked(served: Served, path: string, accepted: string) {
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${accepted}\r\n`;
  const [head = "", ...body] = (await rawExchange(served.port, request, "latin1")).split(
    "\r\n\r\n",
  );
  return { head, body: Buffer.from(body.join("\r\n\r\n"), "latin1") };
}

test("a long answer is compressed for who takes it, and says that it depends", async () => {
  const pipelines = { list: () => Promise.resolve([aRecord(), aRecord()]) };
  await using served = await serve({ pipelines });
  const plain = await asked(served, "/v0/pipelines", "");
  expect(plain.head).not.toMatch(/^content-encoding:/imu);
  expect(plain.head).toMatch(/^vary: accept-encoding/imu);
  const zipped = await asked(served, "/v0/pipelines", "Accept-Encoding: gzip, deflate\r\n");
  expect(zipped.head).toMatch(/^content-encoding: gzip/imu);
  expect(zipped.head).toMatch(new RegExp(`^content-length: ${zipped.body.length}`, "imu"));
  expect(gunzipSync(zipped.body)).toEqual(plain.body);
  const refusing = await asked(served, "/v0/pipelines", "Accept-Encoding: zstd, gzip;q=0\r\n");
  expect(refusing.body).toEqual(plain.body);
});

async function* rows() {
  yield [["x".repeat(10_000)]];
}

test("short answers and streams are sent as they are", async () => {
  await using served = await serve({ query: () => Promise.resolve({ columns: [], rows: rows() }) });
  const accepting = "Accept-Encoding: gzip\r\n";
  expect((await asked(served, "/healthz", accepting)).head).not.toMatch(/content-encoding/iu);
  const streamed = await asked(served, "/v0/pipelines/p/query?sql=SELECT", accepting);
  expect(streamed.head).toMatch(/transfer-encoding: chunked/iu);
  expect(streamed.head).not.toMatch(/content-encoding/iu);
});
