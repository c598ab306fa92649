/** What a service answers about tokens, with every field set, for tests. */

import { connectorId, offset } from "@tidemark/core";
import { type TokenStatus } from "@tidemark/service";

/** A token whose input is still being processed; more remains than the wire can count. */
export const PENDING: TokenStatus = {
  status: "inprogress",
  step: undefined,
  remaining: 2n ** 70n,
  parts: [
    {
      connector: connectorId("c"),
      level: "processed",
      partitions: new Map([
        ["0", 3n],
        ["1", 2n ** 70n],
      ]),
      remaining: 2n ** 70n,
      perSecond: 2,
      estimatedSeconds: undefined,
    },
  ],
  verdict: {
    kind: "pending",
    remaining: [],
    reasons: [{ code: "processing", message: "it is being processed" }],
  },
  rejected: {
    count: 2,
    deadLetters: 1,
    first: [
      {
        endpoint: "t.c",
        partition: "0",
        offset: offset(3n),
        atMs: 1000,
        error: "not a number",
        field: "a",
        record: null,
      },
    ],
  },
};

/** What `PENDING` reads as. */
export const PENDING_ANSWER: object = {
  status: "COMPLETION_STATUS_IN_PROGRESS",
  remaining: "18446744073709551615",
  reasons: [{ code: "processing", message: "it is being processed" }],
  parts: [
    {
      connector: "c",
      level: "processed",
      partitions: { "0": "3", "1": "18446744073709551615" },
      remaining: "18446744073709551615",
      perSecond: 2,
    },
  ],
  rejected: "2",
  deadLetters: "1",
  rejections: [
    {
      connector: "t.c",
      partition: "0",
      offset: "3",
      error: "not a number",
      field: "a",
    },
  ],
};

/** A token that is complete. */
export const COMPLETE: TokenStatus = {
  status: "complete",
  step: 7n,
  remaining: 0n,
  parts: [],
  verdict: { kind: "complete" },
  rejected: undefined,
};

/** What `COMPLETE` reads as. */
export const COMPLETE_ANSWER: object = {
  status: "COMPLETION_STATUS_COMPLETE",
  step: "7",
  remaining: "0",
  reasons: [],
};
