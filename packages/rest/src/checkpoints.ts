/** Checkpoints, of which there are none: every step is durable when it ends. */

import { type Service } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { CHECKPOINT_METADATA } from "./schemas/pipeline-schemas.ts";
import { type Call, type Operation, operation, type OperationDescription } from "./operation.ts";

/** The operations that ask for checkpoints; making one is not offered. */
export function checkpointOperations({ connectors }: Service): readonly Operation[] {
  const deployed = (call: Call): Promise<unknown> =>
    connectors.stats(call.caller, call.param("pipeline_name"));
  return [
    operation({
      ...asking("get_checkpoint_status", "checkpoint_status"),
      summary: "Ask how the last checkpoint went",
      answers: { 200: { description: "There was none.", json: CHECKPOINT_STATUS } },
      async run(call) {
        await deployed(call);
        return json({ success: null, failure: null });
      },
    }),
    operation({
      ...asking("get_checkpoint_sync_status", "checkpoint/sync_status"),
      summary: "Ask how the last copy of a checkpoint went",
      answers: { 200: { description: "There was none.", json: SYNC_STATUS } },
      async run(call) {
        await deployed(call);
        return json({ success: null, failure: null, periodic: null, running: [] });
      },
    }),
    operation({
      ...asking("get_checkpoints", "checkpoints"),
      summary: "List checkpoints",
      answers: { 200: { description: "None.", json: z.array(CHECKPOINT_METADATA) } },
      async run(call) {
        await deployed(call);
        return json([]);
      },
    }),
  ];
}

const CHECKPOINT_STATUS = z
  .object({ success: z.int().nullable(), failure: z.null() })
  .meta({ id: "CheckpointStatus", description: "Nothing: there are no checkpoints." });

const SYNC_STATUS = z
  .object({
    success: z.string().nullable(),
    failure: z.null(),
    periodic: z.string().nullable(),
    running: z.array(z.string()),
  })
  .meta({ id: "CheckpointSyncStatus", description: "Nothing: there are no checkpoints." });

function asking(
  id: string,
  action: string,
): Omit<OperationDescription, "summary" | "answers" | "takes"> & { readonly takes: {} } {
  return {
    id,
    method: "GET",
    path: `/v0/pipelines/{pipeline_name}/${action}`,
    role: "read",
    access: "gated",
    tag: "Metrics & Debugging",
    description: "There are no checkpoints: every step is durable when it ends.",
    takes: {},
    errors: [],
  };
}
