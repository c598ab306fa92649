/** Running a pipeline in a world, for tests. */

import { type Claim, frontier, offset, offsetAt } from "@tidemark/core";
import { type Program } from "@tidemark/program";

import { type Clock } from "../clock.ts";
import { incarnationOf } from "../identity.ts";
import { openPipeline } from "../pump/open-pipeline.ts";
import { DEFAULT_LIMITS, type PipelineOptions } from "../pump/options.ts";
import { type Push, type Pushed, type RunningPipeline } from "../running-pipeline.ts";
import { type Progress, type PushSourceFactory } from "../source.ts";
import { linesFormat, linesOutput } from "./lines-format.ts";
import { type Log, logSources } from "./log-source.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { memorySinks, type SinkControl } from "./memory-sink.ts";
import { type World } from "./world.ts";

/** What a test runs a pipeline with. */
export interface RunOptions extends Partial<Omit<PipelineOptions, "program" | "engine">> {
  readonly world: World;
  readonly program: Program;
  readonly logs?: readonly Log[];
  readonly control?: SinkControl;
  readonly engine?: MemoryEngine;
}

/** Opens a pipeline on what the world holds. */
export function run({ world, program, logs = [], ...given }: RunOptions): Promise<RunningPipeline> {
  const { control = { failing: new Set() }, engine = new MemoryEngine(world, program) } = given;
  return openPipeline({
    sources: new Map([["log", logSources(logs)]]),
    sinks: new Map([["memory", memorySinks(world, control)]]),
    inputFormats: new Map([["lines", linesFormat]]),
    outputFormats: new Map([["lines", linesOutput]]),
    pushSource: pushSources,
    secrets: ({ name }) => ({ kind: "missing", why: `nobody knows '${name}'` }),
    cell: (name) => world.cell(name),
    directory: (name) => `/nowhere/${name}`,
    clock: new FakeClock(),
    random: () => 0.5,
    log: () => undefined,
    limits: DEFAULT_LIMITS,
    connectorPaused: {},
    paused: false,
    ...given,
    program,
    engine,
  });
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #sleeping: { readonly at: number; readonly wake: () => void }[] = [];

  wallMs(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  sleep(ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#sleeping.push({ at: this.#now + ms, wake: resolve });
    });
  }

  /** Lets so much time pass. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleeping.filter(({ at }) => at <= this.#now);
    this.#sleeping = this.#sleeping.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
  }
}

/** Numbers pushed records per epoch. */
const pushSources: PushSourceFactory = {
  open({ life, epoch, connector, endpoint: state }) {
    const incarnation = incarnationOf(life, "push", connector, epoch);
    let accepted = 0n;
    return {
      tells: { head: false, incarnationFrom: "the epoch" },
      start: { incarnation, frontier: frontier([]), state },
      accept({ changes, records, errors }, bytes) {
        const first = accepted + BigInt(records);
        accepted = first + BigInt(errors.length);
        return {
          incarnation,
          frontier: frontier([["0", accepted]]),
          state,
          changes,
          records,
          bytes,
          errors: errors.map((error, i) => ({
            ...error,
            position: ["0", offset(first + BigInt(i))],
          })),
        };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

/** A push of lines. */
export function push(
  pipeline: RunningPipeline,
  body: string | AsyncIterable<Uint8Array>,
  given: Partial<Push> = {},
): Promise<Pushed> {
  return pipeline.push({
    table: "t",
    format: { name: "lines", config: {} },
    body: typeof body === "string" ? chunked(body) : body,
    force: false,
    signal: new AbortController().signal,
    ...given,
  });
}

async function* chunked(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 3)
    yield await Promise.resolve(bytes.subarray(at, at + 3));
}

/** The claim that a token of this progress makes. */
export function claim(connector: Claim["connector"], progress: Progress): Claim {
  const { incarnation, frontier: target } = progress;
  return { connector, incarnation, frontier: target, level: "delivered" };
}

/** The offset of a log or push. */
export function offsetOf({ frontier: at }: Progress): number {
  return Number(offsetAt(at, "0"));
}
