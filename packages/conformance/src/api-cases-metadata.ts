/** Metadata of pushes: what a push tells holds for each of its records, and for no other. */

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { deployed } from "./api-pipeline.ts";

const TOLD = `CREATE TABLE t (
  x INT NOT NULL PRIMARY KEY,
  who VARCHAR DEFAULT CAST(CONNECTOR_METADATA()['who'] AS VARCHAR),
  n INT DEFAULT CAST(CONNECTOR_METADATA()['n'] AS INT),
  inner_text VARCHAR DEFAULT CAST(CONNECTOR_METADATA()['deep']['a'] AS VARCHAR)
) WITH ('materialized' = 'true');`;

/** What is no metadata, and what is said of it. */
const REFUSED = [
  ["{", "is not JSON"],
  ["[1]", "has to be a JSON object"],
  ["null", "has to be a JSON object"],
  ['{"n": 9007199254740993}', "give it as a text"],
  ['{"a": "\\u0000"}', "without U+0000"],
  ['{"a": "\\ud800"}', "without U+0000"],
  [`{"a": ${"[".repeat(40)}${"]".repeat(40)}}`, "nested deeper"],
] as const;

/** What a push tells of its records. */
export function metadataCases(face: () => ApiFace): void {
  test("what a push tells is told of every one of its records, and of no others", async () => {
    await using pipeline = await deployed(face(), TOLD);
    const push = { pipeline: pipeline.name, table: "t", format: "csv" };
    const told = '{"who": "日本 \\" \'", "n": 7, "deep": {"a": "b", "a": "c"}}';
    const mixed = { pipeline: pipeline.name, table: "t", format: "json", metadata: told };
    const parameters = { update_format: "insert_delete" };
    const body =
      '{"insert":{"x":1}}{"insert":{"x":2,"who":"own"}}{"insert":{"x":3}}{"delete":{"x":3}}';
    const tokens = [
      valueOf(await face().ingest({ ...mixed, parameters, body, durable: true })),
      valueOf(await face().ingest({ ...push, body: "4\n", durable: true })),
      valueOf(await face().ingest({ ...push, body: "6\n", metadata: told, atomic: true })),
      valueOf(
        await face().ingest({ ...push, body: "5\n", metadata: '{"n": "x", "who": 8}', key: "k" }),
      ),
    ];
    for (const token of tokens) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names its push
      expect(valueOf(await face().wait(pipeline.name, token, 60)).status).toBe("complete");
    }
    const rows = valueOf(await face().query(pipeline.name, "SELECT * FROM t ORDER BY x"));
    expect(rows).toEqual([
      { x: 1, who: "日本 \" '", n: 7, inner_text: "c" },
      { x: 2, who: "own", n: 7, inner_text: "c" },
      { x: 4, who: null, n: null, inner_text: null },
      { x: 5, who: expect.anything(), n: null, inner_text: null },
      { x: 6, who: "日本 \" '", n: 7, inner_text: "c" },
    ]);
    const other = { ...push, body: "5\n", metadata: '{"n": 1}', key: "k" };
    expect(errorOf(await face().ingest(other)).reason).toBe("IdempotencyKeyReused");
  });

  test("metadata that is no JSON object, or could not be held exactly, is refused", async () => {
    await using pipeline = await deployed(face(), TOLD);
    const push = { pipeline: pipeline.name, table: "t", format: "csv", body: "1\n" };
    for (const [metadata, message] of REFUSED) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names its text
      const error = errorOf(await face().ingest({ ...push, metadata }));
      expect([metadata, error.reason]).toEqual([metadata, "InvalidParam"]);
      expect(error.message).toContain(message);
    }
    expect(valueOf(await face().query(pipeline.name, "SELECT * FROM t"))).toEqual([]);
  });
}
