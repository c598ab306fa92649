import { expect, test } from "vitest";

import { checkedClient } from "./testing/checked-client.ts";
import { firstCells, tableUnder } from "./testing/compatibility-page.ts";
import { deployed, inTurn, reached } from "./testing/deploy.ts";
import { asObject, below, type Json } from "./testing/json.ts";
import { operationsOf } from "./testing/open-api.ts";
import { contract, served } from "./testing/served.ts";
import { shapeOf } from "./testing/shape.ts";

function places(document: Json): readonly string[] {
  return operationsOf(document)
    .map(({ method, path }) => `${method} ${path}`)
    .toSorted();
}

test("the page lists every operation of the contract, and says of each how it is here", async () => {
  const rows = await tableUnder("Operations of the contract");
  expect(rows.map(([operation = ""]) => operation).toSorted()).toEqual(places(await contract()));
  for (const [operation, here] of rows) {
    expect([operation, ["same", "better", "not offered"].includes(here ?? "")]).toEqual([
      operation,
      true,
    ]);
  }
});

test("what is offered is in the server's own document, which lists nothing that the page lacks", async () => {
  await using server = await served();
  const ours = places(server.document);
  const theirs = await firstCells("Operations of the contract");
  expect(theirs.filter((operation) => !ours.includes(operation))).toEqual([]);
  const besides = [
    ...(await firstCells("Operations of ours")),
    ...(await firstCells("Further operations of the original")),
  ];
  expect(ours.filter((operation) => !theirs.includes(operation))).toEqual(besides.toSorted());
});

test("what is not offered answers 501", async () => {
  await using server = await served();
  const rows = await tableUnder("Operations of the contract");
  for (const [operation = "", here] of rows) {
    if (here !== "not offered") continue;
    const [method = "", path = ""] = operation.split(" ");
    const response = await fetch(server.url + path.replaceAll(/[{}]/gu, ""), { method });
    expect([operation, response.status]).toEqual([operation, 501]);
  }
});

test("a program with a connector that is not offered does not compile, and is told which there are", async () => {
  await using checked = await checkedClient();
  const transports = await firstCells("Connectors that are not offered");
  await inTurn(transports, async (transport) => {
    const connectors = JSON.stringify([{ transport: { name: transport, config: {} } }]);
    const relation = transport.endsWith("_output")
      ? `CREATE TABLE t (x INT); CREATE VIEW v WITH ('connectors' = '${connectors}') AS SELECT * FROM t;`
      : `CREATE TABLE t (x INT) WITH ('connectors' = '${connectors}');`;
    const name = transport.replaceAll("_", "-");
    await checked.client.POST("/v0/pipelines", { body: { name, program_code: relation } });
    await reached(checked, name, { program_status: "SqlError" });
    const params = { path: { pipeline_name: name } };
    const { data } = await checked.client.GET("/v0/pipelines/{pipeline_name}", { params });
    const [message] = data?.program_error?.sql_compilation?.messages ?? [];
    expect(message?.error_type).toBe("ConnectorGenerationError");
    expect(message?.message).toContain(`unknown transport '${transport}'; there are: `);
  });
  expect(checked.faults).toEqual([]);
});

test.each([
  ['{"name": "xml"}', "unknown format 'xml'; there are: "],
  ['{"name": "json", "config": {"update_format": "sideways"}}', "`sideways`"],
  ['{"name": "csv", "config": {"delimiter": "long"}}', "delimiter"],
])(
  "an output of format %s does not compile, with its place and what there is",
  async (format, said) => {
    await using checked = await checkedClient();
    const config = '{"path": "x.json"}';
    const output = `[{"name": "o", "transport": {"name": "file_output", "config": ${config}}, "format": ${format}}]`;
    const code = `CREATE TABLE t (x INT);\nCREATE VIEW v WITH ('connectors' = '${output}') AS SELECT * FROM t;`;
    await checked.client.POST("/v0/pipelines", { body: { name: "f", program_code: code } });
    await reached(checked, "f", { program_status: "SqlError" });
    const params = { path: { pipeline_name: "f" } };
    const { data } = await checked.client.GET("/v0/pipelines/{pipeline_name}", { params });
    const [message] = data?.program_error?.sql_compilation?.messages ?? [];
    expect(message).toMatchObject({ error_type: "ConnectorGenerationError", start_line_number: 2 });
    expect(message?.message).toContain("relation 'v': connector 'o': field '");
    expect(message?.message).toContain(said);
  },
);

test("settings that are kept without effect are all that the contract has", async () => {
  const document = await contract();
  const settings = ["RuntimeConfig", "ProgramConfig"].flatMap((name) => {
    const { properties } = shapeOf({ $ref: `#/components/schemas/${name}` }, document);
    const field = name === "RuntimeConfig" ? "runtime_config" : "program_config";
    return Object.keys(properties).map((property) => `${field}.${property}`);
  });
  expect(await firstCells("Settings that are kept without effect")).toEqual(
    [...settings, "udf_toml"].toSorted(),
  );
});

test("a setting is accepted by its older name and by its newer one, and answered by the one given", async () => {
  await using server = await served();
  const create = async (path: readonly string[], value: unknown): Promise<unknown> => {
    const runtimeConfig = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    const name = path.join("-").replaceAll("_", "-").replaceAll(".", "-");
    const response = await fetch(`${server.url}/v0/pipelines`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, program_code: "", runtime_config: runtimeConfig }),
    });
    expect([path, response.status]).toEqual([path, 201]);
    return below(asObject(await response.json()), "runtime_config", ...path);
  };
  const rows = await tableUnder("Settings with a newer name");
  expect(rows.length).toBeGreaterThan(10);
  await inTurn(rows, async ([setting = "", newer = ""]) => {
    const [, ...older] = setting.split(".");
    const text = /_(?:secs|usecs)$/u.test(setting) ? "1h30m" : "4 GiB";
    const names = [...older.slice(0, -1), newer];
    expect(await create(older, 7)).toBe(7);
    expect(await create(names, text)).toBe(text);
  });
});

test("fields that always say the same say what the page has", async () => {
  await using checked = await checkedClient();
  await deployed(checked, "constant");
  const params = { path: { pipeline_name: "constant" } };
  const stats = await checked.client.GET("/v0/pipelines/{pipeline_name}/stats", { params });
  const pipeline = await checked.client.GET("/v0/pipelines/{pipeline_name}", { params });
  const answers = asObject({ stats: stats.data, pipeline: pipeline.data });
  for (const [field = "", value = ""] of await tableUnder("Fields that always say the same")) {
    expect([field, JSON.stringify(below(answers, ...field.split(".")))]).toEqual([field, value]);
  }
});
