/** Steps while nobody, one or a hundred clients subscribe to what they change. */

import { flights } from "./flights.ts";
import { startMeasured } from "./measured-server.ts";
import { count, median, type Row } from "./row.ts";
import { answered, PIPELINE } from "./tidemark.ts";

const ROUNDS = 7;
const ROWS = 2000;

/** The time from a push to its completion, by how many subscribe to the table over REST. */
export async function measureListening(): Promise<readonly Row[]> {
  await using server = await startMeasured("serve-tidemark.ts");
  const base = `http://127.0.0.1:${server.ports["http"] ?? 0}/v0/pipelines/${PIPELINE}`;
  const body = flights(ROWS)
    .map((row) => JSON.stringify(row))
    .join("\n");
  await pushed(base, body);
  const times = new Map<number, number[]>([
    [0, []],
    [1, []],
    [100, []],
  ]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [subscribers, taken] of times) {
      await using listeners = new AsyncDisposableStack();
      for (let i = 0; i < subscribers; i += 1) listeners.use(await listen(base));
      await pushed(base, body);
      const began = performance.now();
      await pushed(base, body);
      taken.push(performance.now() - began);
    }
  }
  const [none = 0, one = 0, hundred = 0] = [...times.values()].map(median);
  return [
    {
      name: `push ${count(ROWS)} rows, 1 subscriber`,
      ours: `${one.toFixed(1)} ms`,
      reference: `${none.toFixed(1)} ms (nobody)`,
      ratio: one / none,
      aim: "at most 1.5",
    },
    {
      name: `push ${count(ROWS)} rows, 100 subscribers`,
      ours: `${hundred.toFixed(1)} ms`,
      reference: `${one.toFixed(1)} ms (1 subscriber)`,
      ratio: hundred / one,
      aim: "at most 4: a hundred times the bytes",
    },
  ];
}

async function pushed(base: string, body: string): Promise<void> {
  const path = `${base}/ingress/flights?format=json&update_format=raw`;
  const answer = await answered(fetch(path, { method: "POST", body }));
  const token = /"token":"([^"]+)"/.exec(answer)?.[1] ?? "";
  const status = `${base}/completion_status?token=${token}`;
  const told = await answered(fetch(status, { headers: { Prefer: "wait=60" } }));
  if (!told.includes('"status":"complete"')) throw new Error(told);
}

/** A client that subscribes and reads whatever comes. */
async function listen(base: string): Promise<AsyncDisposable> {
  const gone = new AbortController();
  const { signal } = gone;
  const path = `${base}/egress/flights?format=json&backpressure=false`;
  const { body } = await fetch(path, { method: "POST", signal });
  const reading = (body ?? new ReadableStream<Uint8Array>())
    .pipeTo(new WritableStream(), { signal })
    .catch(() => undefined);
  return {
    [Symbol.asyncDispose]: async () => {
      gone.abort(new Error("enough"));
      await reading;
    },
  };
}
