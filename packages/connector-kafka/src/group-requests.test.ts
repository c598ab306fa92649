/** How many requests observing costs, counted on a real Kafka. */

import { openObserved, type RunningPipeline } from "@tidemark/connector";
import { type Claim, EMPTY, type Verdict } from "@tidemark/core";
import { parseProgram, type Program } from "@tidemark/program";
import { withKafka } from "@tidemark/systems";
import { expect, test } from "vitest";

import { groupObservers } from "./group-observing.ts";
import { requestsOf } from "./testing/counted-requests.ts";
import { PausedClock } from "./testing/paused-clock.ts";
import { observersOf, watched } from "./testing/watched.ts";

const { signal } = new AbortController();
const ROUND = ["OffsetFetch", "ListOffsets", "ListOffsets", "ListOffsets", "Metadata"];

withKafka((kafka) => {
  test("H2: all who ask for the source's end meanwhile cost one round trip, which is four requests", async () => {
    await using on = await watched(kafka());
    await on.write();
    const heads = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, () => on.observer.head({ signal })));
    const one = await requestsOf(() => heads(1));
    expect(one).toEqual(["ListOffsets", "ListOffsets", "ListOffsets", "Metadata"]);
    expect(await requestsOf(() => heads(10_000))).toEqual(one);
  });

  test("H2: 10,000 who wait cost as many requests as one", async () => {
    const { bootstrap, operator } = kafka();
    const topic = await operator.createTopic({ partitions: 3 });
    await operator.produce(topic, [{ value: "x" }]);
    const clock = new PausedClock();
    await using pipeline = await openObserved({
      program: programOf({ "bootstrap.servers": bootstrap, topic, "group.id": `g-${topic}` }),
      observers: new Map([["kafka_input", groupObservers("kafka_input", clock)]]),
      life: "p",
      directory: (name) => `/nowhere/${name}`,
      secrets: ({ name }) => ({ kind: "missing", why: `nobody knows '${name}'` }),
      clock,
      random: () => 0.5,
      pacing: { shortestMs: 1, longestMs: 2, longestBackOffMs: 4 },
      log: () => {},
      signal,
    });
    const claim = await headOf(pipeline);
    await pipeline.refresh?.([claim], { signal });
    const readings = async (): Promise<void> => {
      for (let reading = 0; reading < 5; reading += 1) {
        await clock.asleep();
        clock.wake();
      }
      await clock.asleep();
    };
    const waits: Promise<Verdict>[] = [];
    const waiting = (count: number): Promise<readonly string[]> =>
      requestsOf(async () => {
        for (let i = 0; i < count; i += 1) waits.push(settled(pipeline, claim));
        await readings();
      });
    const one = await waiting(1);
    expect(one).toHaveLength(6 * ROUND.length);
    clock.wake();
    await clock.asleep();
    const many = await waiting(9_999);
    expect(many).toHaveLength(5 * ROUND.length);
    await operator.commitGroup(`g-${topic}`, topic, new Map([[0, 1n]]));
    clock.wake();
    const verdicts = await Promise.all(waits);
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(["complete"]));
  });

  test("H2: 50 groups on 100 partitions are read by as many requests as one group", async () => {
    const topic = await kafka().operator.createTopic({ partitions: 100 });
    await using stack = new AsyncDisposableStack();
    const open = observersOf(kafka(), topic);
    const observers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => stack.use(await open(`g-${topic}-${index}`))),
    );
    const readings = (count: number): Promise<unknown> =>
      Promise.all(observers.slice(0, count).map((each) => each.observe({ wanted: EMPTY, signal })));
    expect(await requestsOf(() => readings(1))).toEqual(ROUND);
    expect(await requestsOf(() => readings(50))).toEqual(ROUND);
  });
});

function programOf(config: Readonly<Record<string, string>>): Program {
  const connectors = [{ name: "c", transport: { name: "kafka_input", config } }];
  const parsed = parseProgram(
    `CREATE TABLE t (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`,
  );
  if (parsed.kind !== "program") throw new TypeError("the program parses");
  return parsed.program;
}

async function headOf(pipeline: RunningPipeline): Promise<Claim> {
  const [input] = pipeline.inputs();
  if (input === undefined) throw new TypeError("the pipeline has an input");
  const progress = await pipeline.position(input.id, "head", { signal });
  if (progress === undefined) throw new TypeError("the observer tells the head");
  return { connector: input.id, ...progress, level: "received" };
}

/** Waits as the service does. */
function settled(pipeline: RunningPipeline, claim: Claim): Promise<Verdict> {
  return new Promise((resolve) => {
    const leave = pipeline.attend?.([claim]);
    pipeline.board.register([claim], (verdict) => {
      leave?.();
      resolve(verdict);
    });
  });
}
