/** Chunks of a subscription, as the document describes them. */

import { z } from "zod";

import { COUNT } from "./values.ts";

/** One line of the stream. */
export const CHUNK: z.ZodType = z
  .object({
    sequence_number: COUNT.describe(
      "Counts all chunks from 0; a number that is missing was dropped.",
    ),
    snapshot: z.boolean().describe("Whether it is part of the snapshot."),
    step: COUNT.optional().describe(
      "The step that made the changes, or that the snapshot shows; without data, the last one seen.",
    ),
    processed_steps: COUNT.optional().describe(
      "Of all steps up to this one everything has been sent; on a step's last chunk and on those without data.",
    ),
    json_data: z
      .array(z.unknown())
      .nullable()
      .optional()
      .describe("Events: deletes before inserts, each sorted."),
    text_data: z
      .string()
      .nullable()
      .optional()
      .describe("Lines of CSV whose last column is 1 for an insert and -1 for a delete."),
    bin_data: z.string().nullable().optional().describe("Not used by the formats that there are."),
    error: z.string().optional().describe("Why the stream can't go on; on its last line only."),
  })
  .meta({
    id: "Chunk",
    description: "Changes, one object on each line of the stream; a line ends with CR LF.",
  });
