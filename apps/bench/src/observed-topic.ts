/** A topic whose readers are observed, as the benchmark does it: in this process, without a server. */

import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  DEFAULT_PACING,
  openObserved,
  type RunningPipeline,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { groupObservers } from "@tidemark/connector-kafka";
import { type Claim, type Verdict } from "@tidemark/core";
import { parseProgram, type Program } from "@tidemark/program";

const { signal } = new AbortController();

/** What is observed. */
export interface ObservedTopic {
  readonly bootstrap: string;
  readonly topic: string;
  readonly groups: readonly string[];
}

/** The text of a program with a connector for every group. */
function programText({ bootstrap, topic, groups }: ObservedTopic): string {
  const connectors = groups.map((group, index) => ({
    name: `c${index}`,
    transport: {
      name: "kafka_input",
      config: { "bootstrap.servers": bootstrap, topic, "group.id": group },
    },
  }));
  return `CREATE TABLE t (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`;
}

/** Observes it as a server does. */
export function observe(topic: ObservedTopic): Promise<RunningPipeline> {
  return openObserved({
    program: programOf(programText(topic)),
    observers: new Map([["kafka_input", groupObservers("kafka_input", SYSTEM_CLOCK)]]),
    life: "bench",
    directory: (name) => join(tmpdir(), "tidemark-bench", name),
    secrets: ({ name }) => ({ kind: "missing", why: `nobody knows '${name}'` }),
    clock: SYSTEM_CLOCK,
    random: Math.random,
    pacing: DEFAULT_PACING,
    log: () => undefined,
    signal,
  });
}

/** A claim on all that is in the source now, of each connector. */
export function heads(pipeline: RunningPipeline): Promise<readonly Claim[]> {
  return Promise.all(
    pipeline.inputs().map(async ({ id }) => {
      const progress = await pipeline.position(id, "head", { signal });
      if (progress === undefined) throw new Error(`connector ${id} does not tell its head`);
      return { connector: id, ...progress, level: "received" };
    }),
  );
}

/** Waits as the service does; answers the verdict, and how to give up. */
export function wait(
  pipeline: RunningPipeline,
  claims: readonly Claim[],
): { readonly verdict: Promise<Verdict>; readonly leave: () => void } {
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const rest = pipeline.attend?.(claims);
  const cancel = pipeline.board.register(claims, (verdict) => {
    rest?.();
    resolve(verdict);
  });
  const leave = (): void => {
    cancel();
    rest?.();
  };
  return { verdict: promise, leave };
}

function programOf(text: string): Program {
  const parsed = parseProgram(text);
  if (parsed.kind !== "program") throw new Error("the program does not parse");
  return parsed.program;
}
