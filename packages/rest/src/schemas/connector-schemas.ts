/** Connectors' figures, as the document describes them. */

import { z } from "zod";

import { COUNT, INSTANT } from "./values.ts";

const CONFIG = z
  .object({ stream: z.string().describe("The table or view, as SQL spells it.") })
  .meta({ id: "ShortEndpointConfig", description: "What the connector is attached to." });

const HEALTH = z
  .object({
    status: z
      .enum(["Healthy", "Unhealthy"])
      .meta({ id: "ConnectorHealthStatus", description: "Whether the connector works." }),
    description: z.string().nullable().describe("What is wrong."),
  })
  .meta({ id: "ConnectorHealth", description: "How the connector is." });

const ERRORS = z.array(
  z
    .object({
      timestamp: INSTANT,
      index: COUNT.describe("Its number among all of its kind."),
      tag: z.string().nullable(),
      message: z.string(),
    })
    .meta({ id: "ConnectorError", description: "An error of a connector." }),
);

const PROGRESS = z
  .object({
    incarnation: z.string().describe("Which number line the offsets are on."),
    offsets: z
      .record(z.string(), z.string())
      .describe("By partition, the next offset; text, because it can exceed 53 bits."),
  })
  .meta({ id: "Progress", description: "How far a connector has come." });

const COMPLETED = z
  .object({
    metadata: PROGRESS,
    ingested_at: INSTANT.describe("When its last record was taken in."),
    processed_at: INSTANT.describe("When it was committed."),
    completed_at: INSTANT.describe("When every output had taken what came of it."),
  })
  .meta({ id: "CompletedWatermark", description: "A position that was completed, and when." });

const INPUT_FIELDS = {
  endpoint_name: z.string().describe("`table.connector`, or what pushes made."),
  config: CONFIG,
  metrics: z
    .object({
      total_bytes: COUNT,
      total_records: COUNT,
      buffered_records: COUNT.describe("Received and not yet processed."),
      buffered_bytes: COUNT,
      num_transport_errors: COUNT,
      num_parse_errors: COUNT,
      end_of_input: z.boolean(),
      num_rejected: COUNT.nullable().describe(
        "Records rejected in all runs, as completion tokens count them; null where another engine reads them.",
      ),
    })
    .meta({ id: "InputEndpointMetrics", description: "An input's figures." }),
  fatal_error: z.string().nullable().describe("What ended it."),
  health: HEALTH,
  paused: z.boolean(),
  barrier: z.literal(false),
  completed_frontier: COMPLETED.nullable().describe(
    "The newest position of which every output has taken everything, where one came since the start.",
  ),
  waiting_for: z.array(z.string()).describe("The labels that have to end before it starts."),
  received: PROGRESS,
  processed: PROGRESS,
  delivered: PROGRESS.describe("What a completion token is compared with."),
};

const OUTPUT_FIELDS = {
  endpoint_name: z.string().describe("`view.connector`, or what a request made."),
  config: CONFIG,
  metrics: z
    .object({
      transmitted_records: COUNT,
      transmitted_bytes: COUNT,
      queued_records: COUNT,
      queued_batches: COUNT,
      buffered_records: COUNT,
      buffered_batches: COUNT,
      num_dead_letters: COUNT.describe(
        "Rows that its target can never accept, given up in all runs.",
      ),
      num_encode_errors: COUNT,
      num_transport_errors: COUNT,
      total_processed_input_records: COUNT.describe("Input whose changes it has taken."),
      total_processed_steps: COUNT,
      memory: COUNT,
    })
    .meta({ id: "OutputEndpointMetrics", description: "An output's figures." }),
  fatal_error: z.string().nullable().describe("What ended it."),
  health: HEALTH,
  paused: z
    .boolean()
    .describe("It takes nothing until it is started, and loses nothing meanwhile."),
};

/** An input with its errors. */
export const INPUT_STATUS: z.ZodType = z
  .object({ ...INPUT_FIELDS, parse_errors: ERRORS, transport_errors: ERRORS })
  .meta({ id: "InputEndpointStatus", description: "An input connector with its latest errors." });

/** An input in a pipeline's stats: its errors are there where they were asked for. */
export const INPUT_SUMMARY: z.ZodType = z
  .object({
    ...INPUT_FIELDS,
    parse_errors: ERRORS.optional(),
    transport_errors: ERRORS.optional(),
  })
  .meta({ id: "InputEndpointSummary", description: "An input connector." });

/** An output with its errors. */
export const OUTPUT_STATUS: z.ZodType = z
  .object({ ...OUTPUT_FIELDS, encode_errors: ERRORS, transport_errors: ERRORS })
  .meta({ id: "OutputEndpointStatus", description: "An output connector with its latest errors." });

/** An output in a pipeline's stats: its errors are there where they were asked for. */
export const OUTPUT_SUMMARY: z.ZodType = z
  .object({
    ...OUTPUT_FIELDS,
    encode_errors: ERRORS.optional(),
    transport_errors: ERRORS.optional(),
  })
  .meta({ id: "OutputEndpointSummary", description: "An output connector." });
