import { expect, test } from "vitest";

import { firstCells } from "./testing/compatibility-page.ts";
import { differences } from "./testing/differences.ts";
import { contract, served } from "./testing/served.ts";

test("the server's document covers the contract, but for what differs on purpose", async () => {
  await using server = await served();
  const found = differences({ ours: server.document, theirs: await contract() });
  expect(found.toSorted()).toEqual(await firstCells("Fields and statuses that differ"));
});
