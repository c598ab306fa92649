import { expect, test } from "vitest";

import { connectorIdOf } from "../identity.ts";
import { Log } from "../testing/log-source.ts";
import { rowsAfter } from "../testing/memory-engine.ts";
import { logConnector, program, table, view } from "../testing/programs.ts";
import { claim, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

const A = connectorIdOf("t", "a");
const ALONE = program([table("t", logConnector("a"))], [view("v", "t", "out")]);

test("a truncate of a table's only input removes every row, from outputs as well", async () => {
  const world = new World();
  const log = new Log("a");
  log.append("1", "2", "~", "3");
  await using pipeline = await run({ world, program: ALONE, logs: [log] });
  await turn();
  expect(rowsAfter(world.steps, "t")).toEqual(["3"]);
  const { received } = pipeline.inputs()[0] ?? {};
  if (received === undefined) throw new Error("no input");
  expect(pipeline.board.judge([claim(A, received)]).kind).toBe("complete");
});

test("a truncate of a table without a key is a fault where another connector feeds the table", async () => {
  const world = new World();
  const [a, b] = [new Log("a"), new Log("b")];
  a.append("1", "~", "2");
  b.append("x");
  const both = program([table("t", logConnector("a"), logConnector("b"))]);
  await using pipeline = await run({ world, program: both, logs: [a, b] });
  await turn();
  expect(rowsAfter(world.steps, "t")).toEqual(["1", "x"]);
  const [input] = pipeline.inputs();
  expect(input?.fatalError).toMatch(/'t' has no PRIMARY KEY and also takes rows of t\.b/u);
  expect(input?.processed.frontier).toEqual(input?.received.frontier);
});

test("rows that were pushed in an earlier run make a truncate a fault as well", async () => {
  const world = new World();
  const log = new Log("a");
  {
    await using pipeline = await run({ world, program: ALONE, logs: [log] });
    await push(pipeline, "pushed\n", { durable: true });
  }
  log.append("1", "~");
  await using pipeline = await run({ world, program: ALONE, logs: [log] });
  await turn();
  expect(rowsAfter(world.steps, "t")).toEqual(["pushed", "1"]);
  expect(pipeline.inputs()[0]?.fatalError).toMatch(/rows of t\.api-ingress-/u);
});

test("rows that were pushed to another table in an earlier run do not matter", async () => {
  const world = new World();
  const log = new Log("a");
  const two = program([table("t", logConnector("a")), table("u")]);
  {
    await using pipeline = await run({ world, program: two, logs: [log] });
    await push(pipeline, "pushed\n", { table: "u", durable: true });
  }
  log.append("1", "~");
  await using pipeline = await run({ world, program: two, logs: [log] });
  await turn();
  expect(rowsAfter(world.steps, "t")).toEqual([]);
  expect(pipeline.inputs()[0]?.fatalError).toBeUndefined();
});

test("a connector that is no longer declared makes a truncate a fault where it gave rows", async () => {
  const world = new World();
  const [a, b] = [new Log("a"), new Log("b")];
  b.append("x");
  const both = program([table("t", logConnector("a"), logConnector("b"))]);
  {
    await using _ = await run({ world, program: both, logs: [a, b] });
    await turn();
  }
  a.append("~");
  await using pipeline = await run({ world, program: ALONE, logs: [a, b] });
  await turn();
  expect(rowsAfter(world.steps, "t")).toEqual(["x"]);
  expect(pipeline.inputs()[0]?.fatalError).toMatch(/a connector that is no longer declared/u);
});

test("a pushed truncate is refused where the table has another input, and applied where it has none", async () => {
  const world = new World();
  const fed = program([table("t", logConnector("a")), table("u")]);
  await using pipeline = await run({ world, program: fed, logs: [new Log("a")] });
  await expect(push(pipeline, "1\n~\n")).rejects.toThrow(/a truncate can't be applied/u);
  await push(pipeline, "1\n2\n~\n3\n", { table: "u", durable: true });
  expect(rowsAfter(world.steps, "u")).toEqual(["3"]);
});
