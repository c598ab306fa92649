/** Observing a consumer group of a real Kafka: tokens for its end, waking by its commits, many groups at once. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { findKafkaAnywhere, type Kafka } from "@tidemark/systems";
import { setTimeout as sleep } from "node:timers/promises";

import { heads, observe, wait } from "./observed-topic.ts";
import { count, median, type Row } from "./row.ts";

const TOKENS = 20_000;
const UNDER_WAY = 256;
const COMMITS = 100;
const SECONDS = 5;
/** Where the client tells of every request. */
const REQUESTS = "tracing:plt:kafka:connections:api:start";
const GROUPS = 100;
const PARTITIONS = 1000;

const { signal } = new AbortController();

/** What can be measured where Kafka is installed; nothing where it isn't. */
export async function measureObserving(): Promise<readonly Row[]> {
  const found = findKafkaAnywhere();
  if (found.kind === "missing") {
    console.error(`not measured: ${found.why}`);
    return [];
  }
  await using kafka = await found.value();
  return [await measureHeads(kafka), await measureWaking(kafka), await measureGroups(kafka)];
}

/** Tokens for the end of the source, many asked for at once, against one after another. */
async function measureHeads({ bootstrap, operator }: Kafka): Promise<Row> {
  const topic = await operator.createTopic();
  await operator.produce(topic, [{ value: "x" }]);
  await using pipeline = await observe({ bootstrap, topic, groups: [`g-${topic}`] });
  const [input] = pipeline.inputs();
  if (input === undefined) throw new Error("the pipeline has an input");
  const perSecond = async (tokens: number, underWay: number): Promise<number> => {
    let left = tokens;
    const began = performance.now();
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await pipeline.position(input.id, "head", { signal });
      }
    };
    await Promise.all(Array.from({ length: underWay }, worker));
    return tokens / ((performance.now() - began) / 1000);
  };
  await perSecond(TOKENS, UNDER_WAY);
  const alone = await perSecond(TOKENS / UNDER_WAY, 1);
  const together = await perSecond(TOKENS, UNDER_WAY);
  return {
    name: `tokens for a topic's end, ${UNDER_WAY} asked for at once`,
    ours: `${count(together)} tokens/s`,
    reference: `${count(alone)} one after another`,
    ratio: together / alone,
    aim: "10,000 tokens/s from one connection",
  };
}

/** From the answer to a group's commit until who waited for it is told. */
async function measureWaking({ bootstrap, operator }: Kafka): Promise<Row> {
  const topic = await operator.createTopic();
  const group = `g-${topic}`;
  await using pipeline = await observe({ bootstrap, topic, groups: [group] });
  const told: number[] = [];
  const committing: number[] = [];
  for (let offset = 1n; offset <= COMMITS; offset += 1n) {
    await operator.produce(topic, [{ value: "x" }]);
    const { verdict } = wait(pipeline, await heads(pipeline));
    // Commits come at any time, also just after a reading.
    await sleep(50 * Math.random());
    const began = performance.now();
    const committed = operator
      .commitGroup(group, topic, new Map([[0, offset]]))
      .then(() => performance.now());
    const woken = verdict.then(() => performance.now());
    told.push(Math.max(0, (await woken) - (await committed)));
    committing.push((await committed) - began);
  }
  const [ours, reference] = [median(told), median(committing)];
  const slowest = told.toSorted((a, b) => a - b)[Math.floor(0.95 * COMMITS)] ?? 0;
  return {
    name: "wake a waiter by a commit",
    ours: `${ours.toFixed(1)} ms after it (95 of 100 within ${slowest.toFixed(1)})`,
    reference: `${reference.toFixed(1)} ms to commit`,
    ratio: ours / reference,
    aim: "within 50 ms",
  };
}

/** Requests a second while one group is waited for, and while many are. */
async function measureGroups({ bootstrap, operator }: Kafka): Promise<Row> {
  const topic = await operator.createTopic({ partitions: PARTITIONS });
  const records = Array.from({ length: PARTITIONS }, (_, partition) => ({ value: "x", partition }));
  await operator.produce(topic, records);
  const groups = Array.from({ length: GROUPS }, (_, index) => `g-${topic}-${index}`);
  const perSecond = async (some: readonly string[]): Promise<number> => {
    await using pipeline = await observe({ bootstrap, topic, groups: some });
    const { leave } = wait(pipeline, await heads(pipeline));
    await sleep(1000);
    const requests = await requestsWithin(SECONDS);
    leave();
    return requests / SECONDS;
  };
  const one = await perSecond(groups.slice(0, 1));
  const all = await perSecond(groups);
  return {
    name: `${count(GROUPS)} groups on ${count(PARTITIONS)} partitions waited for`,
    ours: `${count(all)} requests/s`,
    reference: `${count(one)} of one group`,
    ratio: all / one,
    aim: "at most 1: flat",
  };
}

async function requestsWithin(seconds: number): Promise<number> {
  let requests = 0;
  const note = (): void => {
    requests += 1;
  };
  subscribe(REQUESTS, note);
  await sleep(seconds * 1000);
  unsubscribe(REQUESTS, note);
  return requests;
}
