import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { verdictOf } from "./testing/crash-workload.ts";
import { type Random, randomFrom } from "./testing/random.ts";
import { query, startPipeline, textOf, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { type ServerProcess, serving, spawnServer } from "./testing/server-process.ts";

const RUNS = Math.ceil(Number(process.env["TIDEMARK_CRASH_RUNS"] ?? 4) / 4);
const SEED = Number(process.env["TIDEMARK_CRASH_SEED"] ?? Date.now() % 1_000_000);
const PIPELINE = "keyed";
const PROGRAM = "CREATE TABLE pushed (n BIGINT NOT NULL) WITH ('materialized' = 'true');";

/** A body that is sent under its key until it is answered, and sometimes again. */
interface KeyedBody {
  readonly key: string;
  readonly first: number;
  readonly count: number;
  /** What it was answered with; every answer must be the same. */
  token: string | undefined;
}

/** Sends bodies, two at a time and some twice at once, until the signal or the death of the server. */
async function work(
  http: string,
  bodies: KeyedBody[],
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const next = (): KeyedBody => {
    const open = bodies.find(({ token }) => token === undefined);
    if (open !== undefined && random.chance(0.7)) return open;
    const again = random.pick(bodies);
    if (again !== undefined && random.chance(0.3)) return again;
    const last = bodies.at(-1);
    const first = last === undefined ? 0 : last.first + last.count;
    const count = random.chance(0.3) ? random.whole(3000, 60_000) : random.whole(0, 40);
    const body: KeyedBody = {
      key: `key ${first} ${bodies.length}`,
      first,
      count,
      token: undefined,
    };
    bodies.push(body);
    return body;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const body = next();
      const sent = random.chance(0.3) ? [body, body] : [body];
      const all = await Promise.allSettled(sent.map((each) => send(http, each, random)));
      for (const outcome of all) {
        if (outcome.status === "fulfilled") continue;
        if (isConnectionFault(outcome.reason)) return;
        throw outcome.reason;
      }
    }
  };
  await Promise.all([loop(), loop()]);
}

async function send(http: string, body: KeyedBody, random: Random): Promise<void> {
  const url = `${http}/v0/pipelines/${PIPELINE}/ingress/pushed?format=csv`;
  const headers = { "Idempotency-Key": body.key };
  const stream = streamOf(chunks(body, random));
  const request = { method: "POST", headers, body: stream, duplex: "half" } as const;
  const response = await fetch(url, request);
  const answer = { status: response.status, body: await response.json() };
  expect(answer).toMatchObject({ status: 200 });
  const token = textOf(answer, "token");
  body.token ??= token;
  expect(token).toBe(body.token);
}

function streamOf(bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await bytes.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

/** The body, cut anew each time it is sent. */
async function* chunks({ first, count }: KeyedBody, random: Random): AsyncGenerator<Uint8Array> {
  const text = Array.from({ length: count }, (_, i) => `${first + i}\n`).join("");
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    const size = random.whole(1, 30_000);
    yield bytes.subarray(at, at + size);
    at += size;
    // oxlint-disable-next-line no-await-in-loop -- so that bodies take several steps
    await (random.chance(0.3) ? sleep(random.whole(0, 15)) : turn());
  }
}

/** `fetch` rejects with a `TypeError` for whatever happens to the connection. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof SyntaxError && /JSON/.test(error.message));
}

/**
 * Holds what is stored against what was answered: of every body that was all, of the others a part
 * from the start. Answers of how many only a part is there.
 */
async function prove(http: string, bodies: readonly KeyedBody[]): Promise<number> {
  const rows = await query(http, PIPELINE, "SELECT n FROM pushed");
  const numbers = rows.map((row) =>
    typeof row === "object" && row !== null && "n" in row ? Number(row.n) : Number.NaN,
  );
  const there = new Set(numbers);
  expect(there.size).toBe(numbers.length);
  let cut = 0;
  for (const { first, count, token, key } of bodies) {
    const found = Array.from({ length: count }, (_, i) => first + i).filter((n) => there.has(n));
    const answered = token === undefined ? found.length : count;
    const end = (found.at(-1) ?? first - 1) + 1;
    expect({ key, end, found: found.length }).toEqual({
      key,
      end: first + answered,
      found: answered,
    });
    if (found.length > 0 && found.length < count) cut += 1;
  }
  return cut;
}

async function resumed(dataDir: string): Promise<ServerProcess> {
  const server = await serving(spawnServer(dataDir));
  await until(`${server.http}/v0/pipelines/${PIPELINE}`, "deployment_status", "Running");
  return server;
}

test(
  `H1: after ${RUNS} kills in the middle of keyed bodies each one is there once, with one token`,
  { timeout: 60_000 + RUNS * 20_000 },
  async () => {
    // To be given as TIDEMARK_CRASH_SEED to draw the same work again.
    console.log(`keyed crash seed ${SEED}`);
    await using folder = await scratchFolder();
    const dataDir = join(folder.path, "data");
    const random = randomFrom(SEED);
    const bodies: KeyedBody[] = [];
    let cut = 0;
    {
      await using server = await serving(spawnServer(dataDir));
      await startPipeline(server.http, PIPELINE, PROGRAM);
    }
    for (let kills = 0; kills < RUNS; kills += 1) {
      await using server = await resumed(dataDir);
      cut += await prove(server.http, bodies);
      const stop = new AbortController();
      const working = work(server.http, bodies, random, stop.signal);
      await Promise.race([sleep(random.whole(10, 600)), working]);
      stop.abort();
      await server.end("SIGKILL");
      await working;
    }
    await using server = await resumed(dataDir);
    cut += await prove(server.http, bodies);
    for (const body of bodies) await send(server.http, body, random);
    expect(await prove(server.http, bodies)).toBe(0);
    const pipeline = `${server.http}/v0/pipelines/${PIPELINE}`;
    for (const { token = "" } of bodies) {
      expect(await verdictOf(pipeline, token, 30)).toEqual({ verdict: "complete", rejected: 0 });
    }
    console.log(`${bodies.length} bodies, found cut ${cut} times`);
  },
);
