/** Tokens and their status, as the document describes them. */

import { z } from "zod";

import { COUNT } from "./values.ts";

/** A token, just issued. */
export const TOKEN_RESPONSE: z.ZodType = z
  .object({
    token: z.string().describe("Opaque; `ct1_` and base64url. It stays valid across restarts."),
  })
  .meta({ id: "CompletionTokenResponse", description: "A completion token." });

const REMAINING_PART = z.object({
  connector: z.string().describe("The connector's id, as tokens carry it."),
  level: z.enum(["received", "processed", "delivered"]).describe("What the token claims of it."),
  partitions: z
    .record(z.string(), COUNT)
    .describe("Offsets that remain, by partition; those already covered are left out."),
  remaining: COUNT.describe("The same, summed."),
  per_second: z
    .number()
    .nullable()
    .describe("Offsets a second that its progress has moved by lately; null until it can be told."),
  estimated_seconds: z
    .number()
    .nullable()
    .describe("How long what remains takes at that pace; null where it does not move."),
});

/** Whether a token is complete, and what remains. */
export const STATUS_RESPONSE: z.ZodType = z
  .object({
    status: z.enum(["complete", "inprogress"]).meta({
      id: "CompletionStatus",
      description: "`complete` once all input that the token covers has been processed.",
    }),
    step: COUNT.nullable().describe("The step that completed it."),
    remaining: COUNT.describe("Offsets that remain, summed; 0 once complete."),
    reason: z.string().nullable().describe("Why it isn't complete, for people."),
    reasons: z
      .array(z.object({ code: z.string(), message: z.string() }))
      .describe("Why it isn't complete, one by one."),
    parts: z.array(REMAINING_PART).describe("What remains, by connector; none once complete."),
  })
  .meta({ id: "CompletionStatusResponse", description: "The status of a completion token." });
