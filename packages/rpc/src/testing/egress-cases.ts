/** The cases of subscriptions. */

import { type MethodCase } from "./method-case.ts";

/** A subscription with its first chunks. */
export const EGRESS_CASES: readonly MethodCase[] = [
  {
    method: "EgressService/Subscribe",
    request: {
      pipeline: "p",
      relation: "V",
      formatParameters: { update_format: "raw" },
      sendSnapshot: true,
    },
    asked: [
      "subscribe",
      {
        pipeline: "p",
        relation: "V",
        settings: {
          kind: "simple",
          format: { name: "json", config: { update_format: "raw" } },
          backpressure: false,
          sendSnapshot: true,
        },
      },
      {},
    ],
    answers: [
      { begun: { afterStep: "7" } },
      { chunk: { sequenceNumber: "1", step: "8", endOfStep: true, data: "W10=" } },
      { chunk: { sequenceNumber: "2", step: "8" } },
    ],
  },
];
