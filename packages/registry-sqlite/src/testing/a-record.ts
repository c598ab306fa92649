/** Pipeline records for tests of the registry. */

import { type PipelineRecord } from "@tidemark/connector";

/** A stopped, empty pipeline, whose description tells its version. */
export function aRecord(name: string, refreshVersion: number): PipelineRecord {
  return {
    id: "01890000-0000-7000-8000-000000000001",
    tenant: "default",
    name,
    description: `version ${refreshVersion}`,
    tags: [],
    programCode: "",
    udfRust: "",
    udfToml: "",
    runtimeConfig: {},
    programConfig: {},
    createdAtMs: 0,
    version: 1,
    platformVersion: "0.1.0",
    programVersion: 1,
    programStatus: "Pending",
    programStatusSinceMs: 0,
    programErrors: [],
    systemError: undefined,
    programInfo: undefined,
    deploymentError: undefined,
    refreshVersion,
    detailVersion: 1,
    storageStatus: "Cleared",
    deploymentId: undefined,
    deploymentInitial: undefined,
    bootstrap: undefined,
    resourcesStatus: "Stopped",
    resourcesStatusSinceMs: 0,
    resourcesDesired: "Stopped",
    resourcesDesiredSinceMs: 0,
    runtimeStatus: undefined,
    runtimeStatusSinceMs: undefined,
    runtimeDesired: undefined,
    runtimeDesiredSinceMs: undefined,
    outputsBehind: false,
    connectorPaused: {},
  };
}
