/** The documented deployment status: resources and runtime seen as one. */

import { type PipelineRecord, type ResourcesStatus, type RuntimeStatus } from "@tidemark/connector";

/** The documented `deployment_status`, as far as it occurs here. */
export type CombinedStatus = Exclude<ResourcesStatus, "Provisioned"> | RuntimeStatus;

/** The documented `deployment_desired_status`, as far as it occurs here. */
export type CombinedDesiredStatus = "Stopped" | "Running" | "Paused" | "Standby" | "Unavailable";

/** Both, with the times since when. */
export interface DeploymentStatus {
  readonly status: CombinedStatus;
  readonly statusSinceMs: number;
  readonly desired: CombinedDesiredStatus;
  readonly desiredSinceMs: number;
}

/** Combines what a record says of resources and runtime. */
export function deploymentStatus(record: PipelineRecord): DeploymentStatus {
  return {
    status: statusOf(record),
    statusSinceMs: Math.max(record.resourcesStatusSinceMs, record.runtimeStatusSinceMs ?? 0),
    desired: desiredOf(record),
    desiredSinceMs: Math.max(record.resourcesDesiredSinceMs, record.runtimeDesiredSinceMs ?? 0),
  };
}

function statusOf(record: PipelineRecord): CombinedStatus {
  if (record.resourcesStatus !== "Provisioned") return record.resourcesStatus;
  return record.runtimeStatus ?? "Unavailable";
}

function desiredOf(record: PipelineRecord): CombinedDesiredStatus {
  if (record.resourcesDesired === "Stopped") return "Stopped";
  return record.runtimeDesired ?? record.deploymentInitial ?? "Unavailable";
}
