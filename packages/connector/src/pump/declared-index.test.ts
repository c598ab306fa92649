import { parseProgram, type Program } from "@tidemark/program";
import { expect, test } from "vitest";

import { ConfigError } from "../config-error.ts";
import { nullOutput } from "../null-output.ts";
import { declaredOutputs } from "./declared.ts";

/** A view whose output names an index, and an index on a view. */
function indexed(transport: string, on: "v" | "w" = "v"): Program {
  const parsed = parseProgram(
    `CREATE VIEW v WITH ('connectors' = '[{"name": "out", "index": "V_Key",
      "transport": {"name": "${transport}", "config": {}}}]') AS SELECT 1 AS x;
    CREATE VIEW w AS SELECT 1 AS x;
    CREATE INDEX v_key ON ${on} (x);`,
  );
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  return parsed.program;
}

const sinks = new Map([
  ["null_output", nullOutput],
  ["postgres_output", { ...nullOutput, transport: "postgres_output", usesIndex: true }],
]);
const options = { sinks, outputFormats: new Map() };

test("an output that goes by an index has the one that it names", () => {
  const [output] = declaredOutputs(indexed("postgres_output"), options);
  expect(output?.index).toMatchObject({ id: { name: "v_key" }, columns: [{ id: { name: "x" } }] });
});

test("an output that goes by no index refuses one", () => {
  expect(() => declaredOutputs(indexed("null_output"), options)).toThrow(
    new ConfigError(
      "index",
      "connector 'v.out': transport 'null_output' does not use indexes; leave 'index' out",
      "unsupported",
      { endpoint: "v.out" },
    ),
  );
});

test("an index of another view is none of the output's", () => {
  expect(() => declaredOutputs(indexed("postgres_output", "w"), options)).toThrow(
    "connector 'v.out': 'v_key' is not an index of view 'v'; declare it with CREATE INDEX",
  );
});
