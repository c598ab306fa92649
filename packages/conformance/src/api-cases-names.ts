/** Names that differ only by case: each finds its own table, view and column. */

import { expect, test } from "vitest";

import { withData } from "./api-changes.ts";
import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { deployed } from "./api-pipeline.ts";

const CONNECTORS = `WITH ('connectors' = '[{"name": "c", "transport": {"name": "empty_input"}, "format": {"name": "json"}}]')`;

const PROGRAM = `
CREATE TABLE "TaBle1" (id BIGINT NOT NULL) ${CONNECTORS};
CREATE TABLE table1 (id BIGINT, "ID" BIGINT PRIMARY KEY, "Id" BIGINT NOT NULL DEFAULT 0) ${CONNECTORS};
CREATE MATERIALIZED VIEW "V1" AS SELECT * FROM "TaBle1";
CREATE MATERIALIZED VIEW "v1" AS SELECT * FROM table1;
`;

/** Reading and writing by name. */
export function nameCases(face: () => ApiFace): void {
  test("relations and columns whose names differ only by case are told apart everywhere", async () => {
    await using pipeline = await deployed(face(), PROGRAM);
    const { name } = pipeline;
    const subscribe = (relation: string): ReturnType<ApiFace["subscribe"]> =>
      face().subscribe({ pipeline: name, relation, format: "json" });
    const push = (table: string, record: string): ReturnType<ApiFace["ingest"]> => {
      const parameters = { update_format: "raw" };
      return face().ingest({ pipeline: name, table, format: "json", parameters, body: record });
    };
    await using exact = valueOf(await subscribe('"V1"'));
    await using folded = valueOf(await subscribe("V1"));
    const tokens = [
      valueOf(await push("TaBle1", '{"ID": 2, "iD": 1}')),
      valueOf(await push('"TaBle1"', '{"Id": 3}')),
    ];
    for (const token of tokens) {
      expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    }
    expect((await withData(exact))?.data).toEqual([{ insert: { id: 3 } }]);
    expect((await withData(folded))?.data).toEqual([{ insert: { id: 1, ID: 2, Id: 0 } }]);
    const rows = async (sql: string): Promise<unknown> => valueOf(await face().query(name, sql));
    expect(await rows('SELECT * FROM "V1"')).toEqual([{ id: 3 }]);
    expect(await rows("SELECT * FROM V1")).toEqual([{ id: 1, ID: 2, Id: 0 }]);
    expect(await rows('SELECT "ID", ID AS "iD" FROM "v1"')).toEqual([{ ID: 2, iD: 1 }]);
    const inputs = ['"TaBle1"', "TABLE1"].map((table) => ({
      pipeline: name,
      table,
      connector: "c",
    }));
    const endpoints = inputs.map(async (address) => valueOf(await face().input(address)).endpoint);
    expect(await Promise.all(endpoints)).toEqual(["TaBle1.c", "table1.c"]);
  });

  test("a name in another case than the quoted one is not found, and told as it was meant", async () => {
    await using pipeline = await deployed(
      face(),
      "CREATE TABLE \"T\" (\"Id\" BIGINT) WITH ('materialized' = 'true');",
    );
    const { name } = pipeline;
    const push = { pipeline: name, format: "json", parameters: { update_format: "raw" } };
    expect(errorOf(await face().ingest({ ...push, table: "T", body: '{"Id": 1}' })).reason).toBe(
      "ConfigError.UnknownInputStream",
    );
    expect(
      errorOf(await face().ingest({ ...push, table: '"T"', body: '{"ID": 1}' })),
    ).toMatchObject({
      reason: "ParseErrors",
      message: expect.stringContaining(
        "incorrect case-sensitive field name: expected: Id, found: ID",
      ),
    });
    expect(errorOf(await face().query(name, "SELECT * FROM T")).message).toContain(
      "Table with name t does not exist",
    );
    expect(errorOf(await face().query(name, 'SELECT "ID" FROM "T"')).message).toContain('"ID"');
  });
}
