/** Laws of taking messages up together: what comes of them is what each one alone would come to. */

import { inputFormats } from "@tidemark/format";
import { type JsonObject } from "@tidemark/program";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type DecodedMessages, MessageDecoder } from "./message-decoder.ts";
import { tableOf } from "./testing/opening.ts";

const TABLE = tableOf("CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR)");
const LINES = tableOf("CREATE TABLE t (line VARCHAR NOT NULL)");

function decoder(name: string, config: JsonObject = {}): MessageDecoder {
  const format = inputFormats.get(name);
  if (format === undefined) throw new TypeError(`no format ${name}`);
  const table = name === "raw" ? LINES : TABLE;
  const fresh = () => format.decoder({ table, config });
  return new MessageDecoder({ topic: "t", fresh, format: { name, config } });
}

function messagesOf(values: readonly (string | null)[]) {
  return values.map((value, i) => ({
    partition: 0,
    firstOffset: BigInt(i),
    firstTimestamp: 0n,
    appended: undefined,
    records: [
      {
        offsetDelta: 0,
        timestampDelta: 0n,
        headers: [],
        value: value === null ? null : Buffer.from(value),
      },
    ],
  }));
}

/** What differs between taking them together and alone is only how events are counted. */
function essence({ changes, records, bytes, errors }: DecodedMessages): unknown {
  const said = errors.map(({ description, field, invalidText }) => [
    description,
    field,
    invalidText,
  ]);
  return [
    changes.rows,
    changes.operations ?? changes.rows.map(() => "insert"),
    records,
    bytes,
    said,
  ];
}

const values: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 1, arbitrary: fc.nat(99).map((a) => `{"a":${a},"b":"x"}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      null,
      "",
      " ",
      '{"a":1',
      ',"b":"y"}',
      '{"a":{}',
      "1}",
      '{"a":1}{"a":2}',
      '{"a":1}\n',
      '[{"a":1}]',
      '{"a":"no number"}',
      '{"a":1,"b":"',
      '"}',
      "}",
      "{",
      "{}",
      '\uFEFF{"a":7}',
      "1,x",
      '2,"x',
      'y"',
      "3,\n4,z",
      "a,b",
      "5",
    ),
  },
);

test.each<readonly [string, JsonObject]>([
  ["json", { update_format: "raw" }],
  ["json", { update_format: "raw", array: true }],
  ["json", { update_format: "raw", lines: "single" }],
  ["json", {}],
  ["csv", {}],
  ["csv", { headers: true }],
  ["csv", { flexible: false }],
  ["csv", { quoting: false }],
  ["raw", { mode: "lines" }],
  ["raw", {}],
])(
  "a message is a document of its own in %s %j: whatever others hold, it comes to the same",
  async (name, config) => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 12 }), async (all) => {
        const messages = messagesOf(all);
        const together = essence(await decoder(name, config).decode(messages));
        const alone = await Promise.all(
          messages.map((message) => decoder(name, config).decode([message])),
        );
        const parts = alone.map(essence);
        const sum = [0, 1, 4].map((at) =>
          parts.flatMap((part) => (Array.isArray(part) ? part[at] : [])),
        );
        expect(together).toEqual([
          sum[0],
          sum[1],
          alone.reduce((count, { records }) => count + records, 0),
          alone.reduce((count, { bytes }) => count + bytes, 0),
          sum[2],
        ]);
      }),
      { numRuns: 1000 },
    );
  },
);

test("an error says of which record it is", async () => {
  const messages = messagesOf(['{"a":1}', '{"a":2', '{"a":3}', '{"a":"four"}', '{"a":5}']);
  const { changes, errors } = await decoder("json", { update_format: "raw" }).decode(messages);
  expect(changes.rows.map(([a]) => a)).toEqual([1n, 3n, 5n]);
  expect(errors.map(({ description }) => description)).toEqual([
    expect.stringMatching(/^partition 0, offset 1 of topic 't': failed to parse/u),
    expect.stringMatching(/^partition 0, offset 3 of topic 't': failed to deserialize/u),
  ]);
  expect(errors.map(({ position }) => position)).toEqual([
    ["0", 1n],
    ["0", 3n],
  ]);
});

test("a tombstone is no record, and no error", async () => {
  const debezium = { update_format: "debezium", json_flavor: "debezium_postgres" };
  const event = '{"payload":{"op":"c","before":null,"after":{"a":1,"b":"x"}}}';
  const decoded = await decoder("json", debezium).decode(messagesOf([event, null, event]));
  expect(decoded).toMatchObject({ records: 2, errors: [] });
});
