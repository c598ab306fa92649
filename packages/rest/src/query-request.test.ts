import { expect, test } from "vitest";

import { readSocketRequest } from "./query-request.ts";

test("a message may leave everything out", () => {
  expect(readSocketRequest("{}")).toEqual({ sql: "", format: "text", after: [] });
});

test.each([
  ["{", "it is not JSON"],
  ['{"format": "csv"}', "format: must be one of 'text', 'json', 'parquet', 'arrow_ipc', 'hash'"],
  ['{"sql": 1}', "sql: must be a string"],
])("the message %s is refused with what is wrong", (message, why) => {
  expect(() => readSocketRequest(message)).toThrow(
    `unable to read the query from the message: ${why}`,
  );
});
