/** Egress: the changes of tables and views, as every step makes them. */

import { expect, test } from "vitest";

import { withData } from "./api-changes.ts";
import { type ApiFace, valueOf } from "./api-face.ts";
import { deployed, stop } from "./api-pipeline.ts";

/** What a subscriber gets, from its beginning to its end. */
export function egressCases(face: () => ApiFace): void {
  const push = async (
    pipeline: string,
    ...rows: readonly (readonly unknown[])[]
  ): Promise<void> => {
    const parameters = { update_format: "raw", array: "true" };
    const body = JSON.stringify(rows);
    const given = { pipeline, table: "numbers", format: "json", parameters, force: true, body };
    valueOf(await face().wait(pipeline, valueOf(await face().ingest(given)), 60));
  };

  test("a snapshot comes first, then each step's changes: deletes, then inserts, each sorted", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    await push(name, [1, "b"], [2, "a"]);
    const asked = { pipeline: name, relation: "labels", format: "json", sendSnapshot: true };
    await using changes = valueOf(await face().subscribe(asked));
    const first = await withData(changes);
    expect(first).toMatchObject({
      sequenceNumber: 0,
      snapshot: true,
      data: [{ insert: { label: "a", n: 1 } }, { insert: { label: "b", n: 1 } }],
    });
    await push(name, [3, "b"], [4, "a"]);
    const second = await withData(changes);
    expect(second).toMatchObject({
      snapshot: false,
      data: [
        { delete: { label: "a", n: 1 } },
        { delete: { label: "b", n: 1 } },
        { insert: { label: "a", n: 2 } },
        { insert: { label: "b", n: 2 } },
      ],
    });
    expect(second?.step).toBeGreaterThan(first?.step ?? Infinity);
  });

  test("changes of a table begin with the first step after the beginning, as CSV with the weight last", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    await push(name, [1, "before"]);
    const parameters = { delimiter: ";" };
    const asked = { pipeline: name, relation: "NUMBERS", format: "csv", parameters };
    await using changes = valueOf(await face().subscribe(asked));
    await push(name, [1, 'say "after"'], [2, "x;y"]);
    const chunk = await withData(changes);
    expect(chunk?.data).toBe('1;before;-1\n1;"say ""after""";1\n2;"x;y";1\n');
  });

  test("a paused pipeline gives its snapshot, and chunks are cut as asked for", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    await push(name, [1, "a"], [2, "b"], [3, "c"]);
    valueOf(await face().pause(name));
    const parameters = { buffer_size_records: "2" };
    const asked = { pipeline: name, relation: "numbers", format: "json", parameters };
    await using changes = valueOf(await face().subscribe({ ...asked, sendSnapshot: true }));
    const [first, second] = [await withData(changes), await withData(changes)];
    expect([first?.data, second?.data]).toEqual([
      [{ insert: { id: 1, label: "a" } }, { insert: { id: 2, label: "b" } }],
      [{ insert: { id: 3, label: "c" } }],
    ]);
    expect(second?.sequenceNumber).toBe(1);
  });

  test("a stream ends with its pipeline, after all that it has to say", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const asked = { pipeline: name, relation: "labels", format: "json", backpressure: true };
    await using changes = valueOf(await face().subscribe(asked));
    const parameters = { update_format: "raw" };
    const body = '{"id": 1, "label": "last"}';
    valueOf(
      await face().ingest({ pipeline: name, table: "numbers", format: "json", parameters, body }),
    );
    await stop(face(), name, false);
    expect((await withData(changes))?.data).toEqual([{ insert: { label: "last", n: 1 } }]);
    expect(await withData(changes)).toBeUndefined();
  });
}
