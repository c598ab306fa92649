/** Laws of the stepper: what stands in the record of a step. */

import { frontier, StepHistory } from "@tidemark/core";
import { expect, test } from "vitest";

import { connectorIdOf, incarnationOf } from "../identity.ts";
import { type Progress } from "../source.ts";
import { Log } from "../testing/log-source.ts";
import { MemoryEngine } from "../testing/memory-engine.ts";
import { logConnector, program, table } from "../testing/programs.ts";
import { claim, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";
import { InputSet } from "./input-set.ts";
import { Input } from "./input.ts";
import { NumberLines } from "./number-lines.ts";
import { DEFAULT_LIMITS } from "./options.ts";
import { PushKeys } from "./push-keys.ts";
import { RejectTotals } from "./reject-totals.ts";
import { type LoggedStep, StepLog } from "./step-log.ts";
import { Stepper } from "./stepper.ts";

const A = connectorIdOf("t", "a");
const READ = program([table("t", logConnector("a"))]);

function at(line: string, offset: bigint): Progress {
  return { incarnation: incarnationOf(line), frontier: frontier([["0", offset]]) };
}

/** An input at this start. */
function inputAt(start: Progress): Input {
  const lines = new NumberLines(A, new StepHistory());
  lines.begin(start, undefined, 0n);
  return new Input({
    id: A,
    table: table("t"),
    name: "a",
    declaration: undefined,
    queue: { records: 100, bytes: 100 },
    lines,
    start,
    tells: { head: false, incarnationFrom: "the test" },
    truncateFault: () => undefined,
    wallMs: () => 0,
    stopsAtRejects: false,
  });
}

/** Commits what an input has received, first its start; answers the steps. */
async function steps(input: Input, received: readonly Progress[]): Promise<readonly LoggedStep[]> {
  const engine = new MemoryEngine(new World(), READ);
  const committed: LoggedStep[] = [];
  const inputs = new InputSet(READ);
  inputs.add(input);
  const log = new StepLog({ processed: 0n, delivered: 0n });
  const stepper = new Stepper({
    engine,
    inputs,
    log,
    keys: new PushKeys({ recovered: [], limits: DEFAULT_LIMITS, wallMs: () => 0 }),
    rejects: new RejectTotals([], "life"),
    maxStepRows: 100,
    monotonicMs: () => 0,
    wallMs: () => 0,
    hasRoom: () => true,
    deliver: () => Promise.resolve(),
    committed: (step) => {
      log.add(step);
      committed.push(step);
    },
  });
  stepper.announce(input);
  await stepper.step();
  for (const progress of received) {
    input.receive({ ...progress, changes: { rows: [["x"]] }, records: 1, bytes: 1, errors: [] });
  }
  await stepper.step();
  return committed;
}

test("V5: the record of a step holds each incarnation once, where the step left it, in their order", async () => {
  const received = [at("old", 1n), at("old", 2n), at("new", 1n), at("new", 2n)];
  const [start, step] = await steps(inputAt(at("old", 0n)), received);
  expect(start?.moved).toEqual(new Map([[A, [at("old", 0n)]]]));
  expect(step?.moved).toEqual(new Map([[A, [at("old", 2n), at("new", 2n)]]]));
});

test("V5: what a step brings of an incarnation that it ends is complete, also where a commit was in flight", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  await turn();
  world.holdCommits();
  log.append("1");
  await turn();
  log.append("2");
  await turn();
  const old = claim(A, pipeline.inputs()[0]?.received ?? at("none", 0n));
  log.replace();
  log.append("3");
  await turn();
  expect(pipeline.board.judge([old]).kind).toBe("pending");
  world.releaseCommits();
  await turn();
  const last = world.steps.at(-1)?.content;
  expect(last?.ended).toEqual([
    { connector: A, incarnation: old.incarnation, finalFrontier: old.frontier },
  ]);
  expect(pipeline.board.judge([old]).kind).toBe("complete");
});
