/** The pump against a model: any order of writes, pauses, crashes and restarts. */

import { type Claim, lessEqual } from "@tidemark/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { connectorIdOf } from "../identity.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { Listener } from "../testing/listener.ts";
import { Log } from "../testing/log-source.ts";
import { rowsOf } from "../testing/memory-engine.ts";
import { type SinkControl } from "../testing/memory-sink.ts";
import { logConnector, program, table, view } from "../testing/programs.ts";
import { claim, FakeClock, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

const PROGRAM = program(
  [table("t", logConnector("a"), logConnector("b", { onReject: "stop" })), table("u")],
  [view("v", "t", "out", "copy"), view("w", "u", "out")],
);
const LOGGED = ["a", "b"] as const;
/** What is written in the place of a row that does not fit. */
const BAD = "!";
const OUTPUTS = ["v.out", "v.copy", "w.out"] as const;

/** A token that is out, and the rows that it stands for. */
interface Out {
  readonly claim: Claim;
  readonly rows: readonly string[];
  /** How many records among them did not fit. */
  readonly bad: number;
  /** Where the rows were written to. */
  readonly from: "log" | "push";
  wasComplete: boolean;
}

/** Everything that a run of the test knows. */
class Scene {
  readonly world = new World();
  readonly logs: readonly Log[] = LOGGED.map((name) => new Log(name));
  readonly control: SinkControl = { failing: new Set() };
  readonly out: Out[] = [];
  clock = new FakeClock();
  /** Subscriptions with a snapshot, of this run of the pipeline and of those before. */
  readonly listeners: { readonly of: string; readonly listener: Listener }[] = [];
  settled = 0;
  registered = 0;
  #rows = 0;
  #pipeline: RunningPipeline | undefined;

  newRow(to: string): string {
    this.#rows += 1;
    return `${to}${this.#rows}`;
  }

  get pipeline(): RunningPipeline {
    if (this.#pipeline === undefined) throw new Error("not open");
    return this.#pipeline;
  }

  /** Whether an input stands before a record that does not fit. */
  get isRefusing(): boolean {
    return this.pipeline.inputs().some(({ refusal }) => refusal !== undefined);
  }

  async open(): Promise<void> {
    this.world.restart();
    this.clock = new FakeClock();
    const { world, logs, control, clock } = this;
    this.#pipeline = await run({ world, program: PROGRAM, logs, control, clock });
  }

  async reopen(): Promise<void> {
    this.world.releaseCommits();
    await this.#pipeline?.[Symbol.asyncDispose]();
    await this.open();
  }

  /** Takes a token that covers these records. */
  addToken(from: Out["from"], claimed: Claim, covered: readonly string[]): void {
    const rows = covered.filter((row) => row !== BAD);
    const bad = covered.length - rows.length;
    this.out.push({ claim: claimed, rows, bad, from, wasComplete: false });
    this.registered += 1;
    this.pipeline.board.register([claimed], () => (this.settled += 1));
  }

  /** How many rejected records of logs are durable, over all that the logs ever were. */
  rejectedOfLogs(): number {
    return this.world.steps
      .flatMap(({ content }) => content.rejects ?? [])
      .filter(({ endpoint }) => LOGGED.some((name) => endpoint === `t.${name}`))
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** The rows that outputs and storage hold now. */
  held(): {
    readonly stored: readonly string[];
    readonly delivered: readonly ReadonlySet<string>[];
  } {
    const stored = this.world.steps.flatMap((step) => [...rowsOf(step, "t"), ...rowsOf(step, "u")]);
    const sink = (endpoint: string): Set<string> =>
      new Set(this.world.sinks.get(endpoint)?.rows ?? []);
    return { stored, delivered: OUTPUTS.map(sink) };
  }

  /** Whether nothing durable says that this is still to come: what was pushed, or a line that was just begun. */
  isUnknown({ from, rows, claim: { connector, incarnation, frontier } }: Out): boolean {
    const durable = this.world.steps
      .map(({ content }) => content.progress.get(connector))
      .filter((progress) => progress?.incarnation === incarnation);
    if (from === "log") return durable.length === 0;
    const { stored } = this.held();
    // A rejected record behind the last row is part of the push, too, and may not be durable.
    const covers = durable.some((at) => at !== undefined && lessEqual(frontier, at.frontier));
    return !covers || !rows.every((row) => stored.includes(row));
  }

  async check(): Promise<void> {
    if (this.world.crashed) return;
    const { stored, delivered } = this.held();
    expect(new Set(stored).size).toBe(stored.length);
    for (const endpoint of OUTPUTS) {
      const rows = this.world.sinks.get(endpoint)?.rows ?? [];
      expect(new Set(rows).size).toBe(rows.length);
    }
    const complete: Out[] = [];
    for (const token of this.out) {
      const { kind } = this.pipeline.board.judge([token.claim]);
      if (token.wasComplete) expect(kind).toBe("complete");
      if (kind === "complete") {
        token.wasComplete = true;
        for (const row of token.rows) expect(isDelivered(row, stored, delivered)).toBe(true);
        complete.push(token);
      }
      if (kind === "lost") {
        expect(this.isUnknown(token)).toBe(true);
      }
    }
    for (const token of complete) {
      const { count } = (await this.pipeline.rejected?.([token.claim], { limit: 0 })) ?? {};
      expect(count).toBe(token.bad);
    }
  }
}

function isDelivered(
  row: string,
  stored: readonly string[],
  [out, copy, other]: readonly ReadonlySet<string>[],
): boolean {
  if (!stored.includes(row)) return false;
  const through = row.startsWith("t") ? [out, copy] : [other];
  return through.every((sink) => sink?.has(row));
}

/** Whether snapshot and changes add up to a table's rows, none twice. */
function addsUp(listener: Listener, stored: readonly string[], of: string): boolean {
  const expected = stored.filter((row) => row.startsWith(of)).map((row) => `+${row}`);
  return listener.lines.toSorted().join() === expected.toSorted().join();
}

type Act = (scene: Scene) => Promise<void> | void;

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.nat(1), fc.nat(4), fc.nat(9)).map(append) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("t", "u"), fc.nat(3), fc.nat(9)).map(pushRows) },
  { weight: 4, arbitrary: fc.nat(1).map(issue) },
  { weight: 4, arbitrary: fc.constant(turn) },
  { weight: 3, arbitrary: fc.nat(1).map(replace) },
  { weight: 2, arbitrary: fc.constant(slowCommits) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(1), fc.nat(3)).map(replaceDuringCommit) },
  { weight: 2, arbitrary: fc.constantFrom(...OUTPUTS).map(toggleFailing) },
  { weight: 2, arbitrary: fc.constant(skipRejected) },
  { weight: 1, arbitrary: fc.boolean().map(pause) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(1), fc.boolean()).map(pauseInput) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...OUTPUTS), fc.boolean()).map(pauseOutput) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom("t", "u", "v", "w"), fc.boolean()).map(subscribe),
  },
  { weight: 2, arbitrary: fc.nat(3).map(readOne) },
  { weight: 2, arbitrary: fc.nat(12).map(crash) },
  { weight: 2, arbitrary: fc.boolean().map(restart) },
);

/** Rows of a table, at some place a record that does not fit. */
function records(scene: Scene, to: string, count: number, bad: number): readonly string[] {
  const rows = Array.from({ length: count }, () => scene.newRow(to));
  return bad > count ? rows : rows.toSpliced(bad, 0, BAD);
}

function append([index, count, bad]: readonly [number, number, number]): Act {
  return (scene) => {
    const log = scene.logs[index];
    if (log !== undefined) log.batchRows = 1 + (count % 3);
    log?.append(...records(scene, "t", count, bad));
  };
}

function pushRows([to, count, bad]: readonly [string, number, number]): Act {
  return async (scene) => {
    const lines = records(scene, to, count, bad);
    const body = lines.map((row) => `${row}\n`).join("");
    const pushing = push(scene.pipeline, body, { table: to, force: true }).then(
      ({ connector, progress }) =>
        scene.addToken(
          "push",
          { ...claim(connector, progress), spans: progress.spans ?? [] },
          lines,
        ),
      () => undefined,
    );
    // The first push of a run waits for a commit.
    await Promise.race([pushing, turn()]);
  };
}

function issue(index: number): Act {
  return async (scene) => {
    const id = connectorIdOf("t", LOGGED[index] ?? "a");
    const { signal } = new AbortController();
    const progress = await scene.pipeline.position(id, "received", { signal });
    if (progress === undefined) return;
    const rows = scene.logs[index]?.lives[Number(progress.state)] ?? [];
    const covered = progress.frontier.positions[0]?.[1] ?? 0n;
    scene.addToken("log", claim(id, progress), rows.slice(0, Number(covered)));
  };
}

function replace(index: number): Act {
  return (scene) => scene.logs[index]?.replace();
}

/** Commits wait until an act needs one to end, or the run does. */
function slowCommits({ world }: Scene): void {
  world.holdCommits();
}

/** While a commit is in flight a log goes on, is replaced, and goes on again: all that is one step. */
function replaceDuringCommit([index, count]: readonly [number, number]): Act {
  return async (scene) => {
    scene.world.holdCommits();
    const [first, more] = [append([index, 1, 9]), append([index, count, 2])];
    for (const act of [first, turn, more, turn, issue(index)]) {
      await act(scene);
    }
    await replace(index)(scene);
    await more(scene);
    await turn();
    scene.world.releaseCommits();
  };
}

function toggleFailing(endpoint: string): Act {
  return ({ control: { failing } }) => {
    if (!failing.delete(endpoint)) failing.add(endpoint);
  };
}

/** The input that stops before each record that does not fit goes on behind it. */
function skipRejected({ pipeline }: Scene): void {
  pipeline.skipRejected(connectorIdOf("t", "b"));
}

function pause(paused: boolean): Act {
  return ({ pipeline }) => (paused ? pipeline.pause() : pipeline.resume());
}

function pauseInput([index, paused]: readonly [number, boolean]): Act {
  return ({ pipeline }) => pipeline.setPaused(connectorIdOf("t", LOGGED[index] ?? "a"), paused);
}

function pauseOutput([endpoint, paused]: readonly [string, boolean]): Act {
  return ({ pipeline }) => pipeline.setPaused(outputId(endpoint), paused);
}

function outputId(endpoint: string): ReturnType<typeof connectorIdOf> {
  const [of = "", name = ""] = endpoint.split(".");
  return connectorIdOf(of, name);
}

function subscribe([relation, backpressure]: readonly [string, boolean]): Act {
  return async (scene) => {
    scene.world.releaseCommits();
    const given = { sendSnapshot: true, backpressure };
    const listener = await Listener.begin(scene.pipeline, relation, given).catch(() => undefined);
    if (listener === undefined) return;
    const of = relation === "t" || relation === "v" ? "t" : "u";
    scene.listeners.push({ of, listener: backpressure ? listener : listener.readAll() });
  };
}

function readOne(index: number): Act {
  return async (scene) => {
    const { listener } = scene.listeners.at(-1 - index) ?? {};
    void listener?.read();
    await turn();
  };
}

function crash(halfOperations: number): Act {
  return async (scene) => {
    scene.world.crashAfter(halfOperations);
    await turn();
    scene.world.crashed = true;
    await turn();
    await scene.reopen();
  };
}

function restart(drained: boolean): Act {
  return async (scene) => {
    if (drained) {
      const giveUp = new AbortController();
      const draining = scene.pipeline.drain({ signal: giveUp.signal });
      await turn();
      giveUp.abort();
      await draining;
    }
    await scene.reopen();
  };
}

/** Lets everything come to its end: no commit or output hangs or fails, nothing is paused. */
async function settle(scene: Scene): Promise<void> {
  scene.world.releaseCommits();
  scene.control.failing.clear();
  for (const { listener } of scene.listeners) listener.readAll();
  scene.pipeline.resume();
  for (const name of LOGGED) scene.pipeline.setPaused(connectorIdOf("t", name), false);
  for (const endpoint of OUTPUTS) scene.pipeline.setPaused(outputId(endpoint), false);
  for (let i = 0; i < 3 || scene.isRefusing; i += 1) {
    skipRejected(scene);
    scene.clock.advance(1e9);
    await turn();
  }
}

test(
  "whatever happens, rows arrive exactly once, rejects count once, and a token is complete exactly when its rows are delivered",
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { maxLength: 40, size: "max" }), async (all) => {
        const scene = new Scene();
        await scene.open();
        for (const act of all) {
          await act(scene);
          await scene.check();
          if (scene.world.crashed) await scene.reopen();
          await scene.check();
        }
        await settle(scene);
        await scene.check();
        const { stored } = scene.held();
        const written = scene.logs.flatMap(({ lives }) => lives.flat());
        for (const row of written.filter((each) => each !== BAD)) expect(stored).toContain(row);
        expect(scene.rejectedOfLogs()).toBe(written.filter((each) => each === BAD).length);
        for (const { of, listener } of scene.listeners) {
          expect(listener.ended !== undefined || addsUp(listener, stored, of)).toBe(true);
          expect(new Set(listener.lines).size).toBe(listener.lines.length);
          for (const line of listener.lines) expect(stored).toContain(line.slice(1));
        }
        for (const token of scene.out) {
          const { kind } = scene.pipeline.board.judge([token.claim]);
          expect(kind === "complete" || (kind === "lost" && token.from === "push")).toBe(true);
        }
        await scene.pipeline[Symbol.asyncDispose]();
        expect(scene.settled).toBe(scene.registered);
      }),
      { numRuns: 300 },
    );
  },
);
