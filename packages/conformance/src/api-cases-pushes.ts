/** Pushes: bad records are told one by one, good ones are not lost, names follow SQL. */

import { expect, test } from "vitest";

import { type ApiFace, type ApiPush, errorOf, valueOf } from "./api-face.ts";
import { deployed } from "./api-pipeline.ts";

const NAMES = `
CREATE TABLE "TaBle1" ("A" INT NOT NULL, b VARCHAR) WITH ('materialized' = 'true', 'connectors' = '[
  {"transport": {"name": "datagen", "config": {"plan": [{"limit": 1}]}}}
]');
CREATE TABLE ΔΘ (größe INT NOT NULL) WITH ('materialized' = 'true', 'connectors' = '[
  {"name": "c-1_x", "transport": {"name": "datagen", "config": {"plan": [{"limit": 1}]}}}
]');
`;

/** Their step takes longer than a pause and a query do. */
const MANY_ROWS = 20_000;

/** What a body holds is taken or refused, record by record. */
export function pushCases(face: () => ApiFace): void {
  test("a bad record is told with its number and field, and the good ones around it are there", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const lines = [
      { id: 1, label: "a" },
      { id: "x", label: "b" },
      { id: 3 },
      { id: 4, label: "d" },
    ];
    const body = lines.map((line) => JSON.stringify({ insert: line })).join("\n");
    const error = errorOf(
      await face().ingest({ pipeline: name, table: "numbers", format: "json", body }),
    );
    expect(error.reason).toBe("ParseErrors");
    expect(error.message).toMatch(/^Errors parsing input data \(2 errors\):\n/u);
    expect(error.details["num_errors"]).toBe("2");
    expect(error.details["records"]).toBe("2");
    expect(JSON.parse(error.details["errors"] ?? "")).toMatchObject([
      { event_number: 2, field: "id", description: expect.any(String) },
      { event_number: 3, field: "label", description: expect.any(String) },
    ]);
    const token = error.details["token"] ?? "";
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    expect(valueOf(await face().query(name, "SELECT id FROM numbers ORDER BY id"))).toEqual([
      { id: 1 },
      { id: 4 },
    ]);
  });

  test("a pause after an acknowledged push does not hide its rows from the next query", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const rows = Array.from({ length: MANY_ROWS }, (_, id) => `${id},x\n`);
    const push = { pipeline: name, table: "numbers", format: "csv", body: rows.join("") };
    valueOf(await face().ingest(push));
    valueOf(await face().pause(name));
    const sql = "SELECT COUNT(*) AS n FROM numbers";
    expect(valueOf(await face().query(name, sql))).toEqual([{ n: MANY_ROWS }]);
    valueOf(await face().ingest({ ...push, body: `${MANY_ROWS},x\n`, force: true }));
    expect(valueOf(await face().query(name, sql))).toEqual([{ n: MANY_ROWS + 1 }]);
  });

  test("H14: an atomic body with a bad record leaves nothing, and a good one is taken", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const parameters = { update_format: "raw" };
    const push = { pipeline: name, table: "numbers", format: "json", parameters, atomic: true };
    for (const key of [undefined, "k"]) {
      const keyed = key === undefined ? push : { ...push, key };
      const body = '{"id":1,"label":"a"}\n{"id":2,"label":NaN}\n{"id":3,"label":"c"}';
      const error = errorOf(await face().ingest({ ...keyed, body }));
      expect(error.reason).toBe("ParseErrors");
      expect(error.message).toContain("Nothing of the body was ingested");
      expect(error.details["num_errors"]).toBe("1");
      expect(error.details["token"]).toBeUndefined();
    }
    const body = '{"id":4,"label":"a"}\n{"id":5,"label":"b"}';
    const token = valueOf(await face().ingest({ ...push, body }));
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    expect(valueOf(await face().query(name, "SELECT id FROM numbers ORDER BY id"))).toEqual([
      { id: 4 },
      { id: 5 },
    ]);
  });

  test("V3: a document that is no JSON is lost alone", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const parameters = { update_format: "raw" };
    const push = { pipeline: name, table: "numbers", format: "json", parameters };
    const body =
      '{"id":1,"label":"a"}\n{"id":2,"label":NaN}\n{"id":3,"label":"open\n{"id":4,"label":"d"}\n';
    const error = errorOf(await face().ingest({ ...push, body }));
    expect(error.details["num_errors"]).toBe("2");
    const token = error.details["token"] ?? "";
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    expect(valueOf(await face().query(name, "SELECT id FROM numbers ORDER BY id"))).toEqual([
      { id: 1 },
      { id: 4 },
    ]);
  });

  test("an array is taken as a whole or not at all", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const parameters = { array: "true", update_format: "raw" };
    const push = { pipeline: name, table: "numbers", format: "json", parameters };
    const bad = errorOf(
      await face().ingest({ ...push, body: '[{"id":1,"label":"a"},{"id":null}]' }),
    );
    expect(bad.reason).toBe("ParseErrors");
    const good = await face().ingest({ ...push, body: '[{"id":2,"label":"a"},[3,"b"]]' });
    valueOf(await face().wait(name, valueOf(good), 60));
    expect(valueOf(await face().query(name, "SELECT id FROM numbers ORDER BY id"))).toEqual([
      { id: 2 },
      { id: 3 },
    ]);
  });

  test("an empty body is a push of nothing", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const push: ApiPush = { pipeline: name, table: "numbers", format: "json", body: "" };
    const token = valueOf(await face().ingest(push));
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
  });

  test("a large body is taken as a whole", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const body = Array.from({ length: 20_000 }, (_, i) => `${i},row number ${i}\n`).join("");
    const token = valueOf(
      await face().ingest({ pipeline: name, table: "numbers", format: "csv", body }),
    );
    valueOf(await face().wait(name, token, 60));
    expect(valueOf(await face().query(name, "SELECT COUNT(*) AS n FROM numbers"))).toEqual([
      { n: 20_000 },
    ]);
  });

  test("unquoted names match in any case, quoted ones exactly, connectors always exactly", async () => {
    await using pipeline = await deployed(face(), NAMES);
    const { name } = pipeline;
    const known = [
      { table: '"TaBle1"', connector: "unnamed-0" },
      { table: "ΔΘ", connector: "c-1_x" },
      { table: "δθ", connector: "c-1_x" },
      { table: '"δθ"', connector: "c-1_x" },
    ];
    for (const address of known) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its address
      const token = valueOf(await face().token({ pipeline: name, ...address }));
      // oxlint-disable-next-line no-await-in-loop
      expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    }
    const unknown = [
      { table: "TaBle1", connector: "unnamed-0" },
      { table: '"table1"', connector: "unnamed-0" },
      { table: '"TaBle1"', connector: "unnamed-1" },
      { table: '"ΔΘ"', connector: "c-1_x" },
      { table: "ΔΘ", connector: "C-1_X" },
      { table: '"', connector: "/%2F?#" },
    ];
    for (const address of unknown) {
      // oxlint-disable-next-line no-await-in-loop
      const error = errorOf(await face().token({ pipeline: name, ...address }));
      expect([address, error.reason]).toEqual([address, "UnknownInputEndpoint"]);
      expect(error.details["connector_name"]).toBe(address.connector);
    }
  });

  test("values come back as they were pushed, in any script", async () => {
    await using pipeline = await deployed(face(), NAMES);
    const { name } = pipeline;
    const parameters = { update_format: "raw" };
    const body = `{"A": 5, "B": "日本 \\u0001 ' \\" \\\\ 🦀"}`;
    const push = { pipeline: name, table: '"TaBle1"', format: "json", parameters, body };
    valueOf(await face().wait(name, valueOf(await face().ingest(push)), 60));
    expect(valueOf(await face().query(name, 'SELECT b FROM "TaBle1" WHERE "A" = 5'))).toEqual([
      { b: "日本 \u0001 ' \" \\ 🦀" },
    ]);
  });
}
