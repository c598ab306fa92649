/** The example of the README, run. */

import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import {
  Board,
  connectorId,
  decodeToken,
  encodeToken,
  frontier,
  incarnation,
  type Sealer,
} from "./index.ts";

test("the example works as the README says", () => {
  const printed: unknown[] = [];
  const print = (value: unknown): number => printed.push(value);

  // #region example
  const key = createSecretKey(randomBytes(32));
  const sealer: Sealer = {
    currentKeyId: 1,
    mac: (keyId, body) =>
      keyId === 1 ? createHmac("sha256", key).update(body).digest().subarray(0, 16) : undefined,
  };

  // A token for everything below offset 42 of partition 0.
  const orders = connectorId("orders");
  const life = incarnation("topic-7f3a");
  const text = encodeToken(
    {
      pipeline: "0f8fad5b-d9cb-469f-a165-70867728950e",
      claims: [
        {
          connector: orders,
          incarnation: life,
          frontier: frontier([["0", 42n]]),
          level: "delivered",
        },
      ],
    },
    sealer,
  );

  // Whoever drives the pipeline publishes how far it has come.
  const board = new Board();
  const publish = (offset: bigint): void =>
    board.publish({
      connector: orders,
      incarnation: life,
      frontier: frontier([["0", offset]]),
      level: "delivered",
      atMs: 0,
      ended: () => undefined,
      reasons: [],
    });

  publish(40n);
  const decoded = decodeToken(text, sealer);
  if (decoded.kind !== "token") throw new Error(decoded.message);
  const { claims } = decoded.token;
  print(board.judge(claims).kind); // "pending"
  board.register(claims, (verdict) => print(verdict.kind));
  publish(42n); // prints "complete"
  // #endregion

  expect(printed).toEqual(["pending", "complete"]);
});

test("the README shows the example as it is run", () => {
  const region =
    read("./readme.test.ts").split(/^ *\/\/ #(?:region example|endregion)\n/mu)[1] ?? "";
  const example = region.replaceAll(/^ {2}/gmu, "").trim();
  const shown = /```ts\n([\s\S]+?)```/u.exec(read("../README.md"))?.[1] ?? "";
  expect(shown).toContain(example.replaceAll("print(", "console.log("));
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}
