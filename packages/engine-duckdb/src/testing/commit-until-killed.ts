/** A process that commits for ever: says the number of each step once it is durable. */

import { argv, stdout } from "node:process";

import { connectorId, frontier, incarnation } from "@tidemark/core";

import { duckdbEngines } from "../duckdb-engines.ts";
import { CRASH_PROGRAM } from "./crash-program.ts";

const [, , directory = ""] = argv;
const engine = await duckdbEngines().open({ directory, program: CRASH_PROGRAM });
let { step } = engine.recovered;
for (;;) {
  const next = step + 1n;
  const rows = Array.from({ length: 3 }, (_, i) => [next, i]);
  const progress = {
    incarnation: incarnation("only"),
    frontier: frontier([["p", next]]),
  };
  ({ step } = await engine.commit({
    inputs: [
      { table: "t", changes: { rows } },
      { table: "k", changes: { rows: [[next % 7n, next]] } },
    ],
    progress: new Map([[connectorId("c"), progress]]),
    ended: [],
    deliveredStep: next > 50n ? next - 50n : 0n,
  }));
  stdout.write(`${step}\n`);
}
