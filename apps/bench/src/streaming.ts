/** The memory that pushing one large body takes, against one a third as large. */

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

import { type MeasuredServer, startMeasured } from "./measured-server.ts";
import { count, type Row } from "./row.ts";
import { answered, PIPELINE } from "./tidemark.ts";

const SMALL_BYTES = 100_000_000;
const LARGE_BYTES = 3 * SMALL_BYTES;

/** The largest memory of the server during each push. */
export async function measureStreaming(): Promise<readonly Row[]> {
  await using server = await startMeasured("serve-tidemark.ts");
  // The first push has the process reserve what every later one uses again.
  await peakMemory(server, SMALL_BYTES);
  const reference = await peakMemory(server, SMALL_BYTES);
  const ours = await peakMemory(server, LARGE_BYTES);
  return [
    {
      name: "memory during a push of 300 MB",
      ours: `${count(ours / 1e6)} MB`,
      reference: `${count(reference / 1e6)} MB (during a push of 100 MB)`,
      ratio: ours / reference,
      aim: "1.0: it does not grow with the body",
    },
  ];
}

async function peakMemory(server: MeasuredServer, bytes: number): Promise<number> {
  const pushed = push(server.ports["http"] ?? 0, bytes).then(() => "pushed");
  const samples: number[] = [];
  do samples.push(await server.memoryBytes());
  while ((await Promise.race([pushed, pause()])) !== "pushed");
  return Math.max(...samples);
}

function pause(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function push(port: number, bytes: number): Promise<void> {
  const base = `http://127.0.0.1:${port}/v0/pipelines/${PIPELINE}`;
  const path = `${base}/ingress/flights?format=json&update_format=raw`;
  const request = httpRequest(path, { method: "POST" });
  const responded = once(request, "response");
  await pipeline(Readable.from(chunks(bytes)), request);
  const [response] = await responded;
  const token = /"token":"([^"]+)"/.exec(await text(response))?.[1] ?? "";
  await answered(
    fetch(`${base}/completion_status?token=${token}`, { headers: { Prefer: "wait=60" } }),
  );
}

/** Rows as text, a thousand at a time. */
function* chunks(bytes: number): Generator<Uint8Array> {
  for (let sent = 0, id = 0; sent < bytes;) {
    const rows = Array.from({ length: 1000 }, () => {
      id += 1;
      return `{"id":${id},"delay":1,"distance":2,"time":3.5,"origin":"${"A".repeat(40)}"}\n`;
    });
    const chunk = Buffer.from(rows.join(""));
    sent += chunk.byteLength;
    yield chunk;
  }
}
