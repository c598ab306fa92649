/** Tokens and their status, as the document describes them. */

import { z } from "zod";

import { ANY_OBJECT, COUNT, INSTANT } from "./values.ts";

const TOKEN = z.string().describe("Opaque; `ct1_` and base64url. It stays valid across restarts.");

/** A token, just issued. */
export const TOKEN_RESPONSE: z.ZodType = z
  .object({
    token: TOKEN,
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

const REJECTION = z
  .object({
    connector: z.string().describe("`table.connector` of an input, `view.connector` of an output."),
    partition: z.string().nullable().describe("Where the record stood, where that is known."),
    offset: z
      .string()
      .nullable()
      .describe("The record's own offset there; of an output, the step."),
    at: INSTANT.describe("When it was rejected."),
    error: z.string().describe("What was wrong with it, and what was expected."),
    field: z.string().nullable().describe("The field at fault."),
    record: z.string().nullable().describe("The record, cut to a bound."),
  })
  .meta({ id: "Rejection", description: "A record that was rejected." });

const STATUS = {
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
  rejected: COUNT.nullable().describe(
    "How many of the records that the token is about inputs have rejected so far; null where another engine reads them.",
  ),
  dead_letters: COUNT.nullable().describe(
    "How many rows outputs have given up, as their targets refuse them, in the steps that the token is about.",
  ),
  rejections: z
    .array(REJECTION)
    .describe("The first of these, at most 10; `tidemark_rejected` has those that are kept."),
  by: z
    .enum(["commit"])
    .optional()
    .describe(
      "`commit` where an external engine's commits alone say so: an engine that began to read behind a record has committed beyond it without it. Absent otherwise.",
    ),
};

const STATUS_OBJECT = z
  .object(STATUS)
  .meta({ id: "CompletionStatusResponse", description: "The status of a completion token." });

/** Whether a token is complete, and what remains. */
export const STATUS_RESPONSE: z.ZodType = STATUS_OBJECT;

/** What is said of a token that is lost, among others. */
const LOST = z.object({
  status: z.literal("lost"),
  error: z
    .object({ message: z.string(), error_code: z.string(), details: ANY_OBJECT })
    .describe("As a check of it alone fails."),
});

/** Whether several tokens are complete together, and what remains of each. */
export const SEVERAL_RESPONSE: z.ZodType = z
  .object({
    status: STATUS.status,
    tokens: z.array(z.union([STATUS_OBJECT, LOST])).describe("Each one, in the order asked."),
  })
  .meta({ id: "CompletionTokensStatus", description: "The status of several completion tokens." });

/** The token of a push, with its status where a wait was granted. */
export const PUSH_RESPONSE: z.ZodType = z
  .object({ token: TOKEN, ...z.object(STATUS).partial().shape })
  .meta({
    id: "PushResponse",
    description: "The token that covers a push; with its status where a wait was granted.",
  });

/** Tokens in a request's body. */
export const TOKENS: z.ZodArray<z.ZodString> = z.array(z.string({ error: "must be a string" }), {
  error: "must be an array of completion tokens",
});
