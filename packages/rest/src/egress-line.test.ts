import { expect, test } from "vitest";

import { chunkLine } from "./egress-line.ts";

const chunk = { sequenceNumber: 3, snapshot: false, step: 7n, endOfStep: false, data: undefined };
const data = Buffer.from('[{"insert":{"a":1}}]\n');
const lineOf = (given: Partial<Parameters<typeof chunkLine>[0]>): string =>
  Buffer.from(chunkLine({ ...chunk, ...given }, "json_data")).toString();

test("a step's last chunk, and a chunk without data, say up to where everything has been sent", () => {
  expect(lineOf({ data })).toBe(
    '{"sequence_number":3,"snapshot":false,"step":7,"json_data":[{"insert":{"a":1}}]}\r\n',
  );
  expect(lineOf({ data, endOfStep: true })).toBe(
    '{"sequence_number":3,"snapshot":false,"step":7,"processed_steps":7,"json_data":[{"insert":{"a":1}}]}\r\n',
  );
  expect(lineOf({})).toBe(
    '{"sequence_number":3,"snapshot":false,"step":7,"processed_steps":7}\r\n',
  );
});
