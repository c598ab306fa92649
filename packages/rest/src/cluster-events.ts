/** Cluster events: what watching the server's parts has found. */

import { randomUUID } from "node:crypto";

import { invalidParam, type Service, unknownClusterMonitorEvent } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { type Operation, operation, type OperationDescription } from "./operation.ts";
import { choice } from "./params.ts";
import { CLUSTER_EVENT } from "./schemas/platform-schemas.ts";
import { type JsonObject } from "./service-answers.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const PARTS = ["api", "compiler", "runner"];
const FRESH = { "Cache-Control": "no-cache" };

/** The operations on events; there is one, which says how the server is now. */
export function clusterEventOperations(
  service: Service,
  options: { readonly wallMs: () => number },
): readonly Operation[] {
  const id = randomUUID();
  const recordedAt = new Date(options.wallMs()).toISOString();
  const event = (selector: "status" | "all"): JsonObject => ({
    id,
    recorded_at: recordedAt,
    all_healthy: service.ready,
    ...Object.assign({}, ...PARTS.map((part) => partJson(part, service.ready, selector))),
  });
  return [
    operation({
      ...reading("list_cluster_events", "/v0/cluster/events"),
      summary: "List events of the server's health",
      takes: {},
      answers: { 200: { description: "The events.", json: z.array(CLUSTER_EVENT) } },
      errors: [],
      run: () => json([event("status")], { headers: FRESH }),
    }),
    operation({
      ...reading("get_cluster_event", "/v0/cluster/events/{event_id}"),
      summary: "Read an event of the server's health",
      takes: {
        query: z.object({ selector: choice("Whether messages are shown.", ["status", "all"]) }),
      },
      answers: { 200: { description: "The event.", json: CLUSTER_EVENT } },
      errors: ["UnknownClusterMonitorEvent"],
      run(call, { query: { selector } }) {
        const asked = call.param("event_id").toLowerCase();
        if (asked !== "latest" && !UUID.test(asked)) {
          throw invalidParam(`'${asked}' is neither 'latest' nor an event's id, which is a UUID`);
        }
        if (asked !== "latest" && asked !== id) throw unknownClusterMonitorEvent(asked);
        return json(event(selector), { headers: FRESH });
      },
    }),
  ];
}

function partJson(part: string, ready: boolean, selector: "status" | "all"): JsonObject {
  const status = { [`${part}_status`]: ready ? "Healthy" : "InitialUnhealthy" };
  if (selector === "status") return status;
  return {
    ...status,
    [`${part}_self_info`]: ready ? "" : "still starting",
    [`${part}_resources_info`]: "",
  };
}

function reading(
  id: string,
  path: string,
): Pick<OperationDescription, "id" | "method" | "path" | "role" | "tag" | "description"> {
  return {
    id,
    method: "GET",
    path,
    role: "read",
    tag: "Platform",
    description: "One event is kept, which says how the server is now.",
  };
}
