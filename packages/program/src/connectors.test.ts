import { expect, test } from "vitest";

import { parseConnectors } from "./connectors.ts";

const table = { name: "t", kind: "table" } as const;
const view = { name: "v", kind: "view" } as const;
const datagen = { transport: { name: "datagen", config: {} } };

function messages(value: unknown, relation: typeof table | typeof view = table): readonly string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const parsed = parseConnectors(text, relation);
  return parsed.kind === "invalid" ? parsed.messages : [];
}

test("a connector without a name is named by its place, named ones counted", () => {
  const parsed = parseConnectors(JSON.stringify([{ ...datagen, name: "a" }, datagen]), table);
  expect(parsed).toMatchObject({ connectors: [{ name: "a" }, { name: "unnamed-1" }] });
});

test("what an entry leaves out has its documented default", () => {
  expect(parseConnectors(JSON.stringify([datagen]), table)).toMatchObject({
    connectors: [
      {
        paused: false,
        labels: [],
        startAfter: [],
        maxQueuedRecords: 1_000_000,
        maxQueuedBytes: 1_000_000_000,
        sendSnapshot: false,
        declared: datagen,
      },
    ],
  });
});

test("max_queued_bytes follows max_queued_records unless it is given", () => {
  const entries = [
    { ...datagen, max_queued_records: 7 },
    { ...datagen, max_queued_records: 7, max_queued_bytes: 3 },
  ];
  expect(parseConnectors(JSON.stringify(entries), table)).toMatchObject({
    connectors: [{ maxQueuedBytes: 7000 }, { maxQueuedBytes: 3 }],
  });
});

test("amounts are honoured by their newer names too, and refused by both or without a unit", () => {
  const entries = [
    { ...datagen, name: "a", max_queued_size: "2 KiB" },
    { ...datagen, name: "b", max_queued_size: "1 YiB" },
    { ...datagen, name: "c", max_queued_size: "1k", max_queued_bytes: 1000 },
  ];
  const [first] = entries;
  expect(parseConnectors(JSON.stringify([first]), table)).toMatchObject({
    connectors: [{ maxQueuedBytes: 2048 }],
  });
  const said = messages(entries);
  expect(said).toHaveLength(2);
  expect(said[0]).toContain("'max_queued_size': '1 YiB' is not a size");
  expect(said[1]).toContain("'max_queued_bytes' and 'max_queued_size' are the same setting");
  const buffered = {
    transport: { name: "null_output" },
    enable_output_buffer: true,
    max_output_buffer_time: "1m30s",
  };
  expect(parseConnectors(JSON.stringify([buffered]), view)).toMatchObject({
    connectors: [{ outputBuffer: { maxTimeMs: 90_000 } }],
  });
});

test("an output buffer is there where it is asked for, and bounds too large to count to are none", () => {
  const limits = { max_output_buffer_time_millis: 5, max_output_buffer_size_records: 7 };
  const written = [
    '{"transport":{"name":"null_output"},"enable_output_buffer":true,"max_output_buffer_time_millis":18446744073709551615}',
    JSON.stringify({
      transport: { name: "null_output" },
      name: "b",
      enable_output_buffer: true,
      ...limits,
    }),
    JSON.stringify({ transport: { name: "null_output" }, name: "c", ...limits }),
  ];
  const parsed = parseConnectors(`[${written.join(",")}]`, view);
  expect(parsed.kind === "connectors" && parsed.connectors.map((c) => c.outputBuffer)).toEqual([
    { maxRecords: 10_000_000 },
    { maxTimeMs: 5, maxRecords: 7 },
    undefined,
  ]);
});

test("unknown fields are ignored and start_after may be one label", () => {
  const entries = [{ ...datagen, start_after: "first", future: { x: 1 } }];
  expect(parseConnectors(JSON.stringify(entries), table)).toMatchObject({
    connectors: [{ startAfter: ["first"] }],
  });
});

test("a transport of the wrong direction is refused in the contract's words", () => {
  const kafka = [{ name: "k", transport: { name: "kafka_output", config: {} } }];
  expect(messages(kafka)).toEqual([
    "relation 't': expected an input variant but got an output variant for connector 'k'",
  ]);
  expect(messages([datagen], view)).toEqual([
    "relation 'v': expected an output variant but got an input variant for connector 'unnamed-0'",
  ]);
});

test("two connectors of one name are refused in the contract's words", () => {
  expect(messages([datagen, { ...datagen, name: "unnamed-0" }])).toEqual([
    "relation 't': encountered collision when using {relation}.{connector_name} as unique name: 't.unnamed-0' is not unique",
  ]);
});

test.each([
  ["[{", "is invalid: "],
  ["{}", "expected an array of connectors, found an object"],
  [[7], "connector 0: expected an object, found number 7"],
  [[{}], "missing field `transport`"],
  [[{ transport: { name: "kafka_input" } }], "missing field `config`"],
  [
    [{ transport: { name: "carrier_pigeon", config: {} } }],
    "unknown variant `carrier_pigeon`, expected one of `file_input`",
  ],
  [[{ ...datagen, name: "a b" }], "name 'a b' must be 1 to 100 letters"],
  [[{ ...datagen, name: "a".repeat(101) }], "must be 1 to 100 letters"],
  [[{ ...datagen, labels: [1] }], "'labels' must hold strings"],
  [[{ ...datagen, start_after: 3 }], "'start_after' must be an array of strings"],
  [[{ ...datagen, max_batch_size: -1 }], "'max_batch_size' must be a whole number from 0"],
  [[{ ...datagen, paused: "true" }], "'paused' must be true or false"],
  [[{ ...datagen, format: { config: {} } }], "format: missing field `name`"],
])("%j is refused and says why", (value, reason) => {
  const [message = ""] = messages(value);
  expect(message).toContain("relation 't': property 'connectors' has value '");
  expect(message).toContain("' which is invalid: ");
  expect(message).toContain(reason);
});

test("all faulty entries are reported", () => {
  expect(messages([{}, datagen, { transport: 1 }])).toHaveLength(2);
});
