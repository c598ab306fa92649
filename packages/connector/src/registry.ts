/** Registries: where pipelines are kept across restarts. */

import { type JsonObject, type JsonValue, type ProgramError } from "@tidemark/program";

import { type KeyStore } from "./key-store.ts";

/** How far compiling has come. */
export type ProgramStatus =
  | "Pending"
  | "CompilingSql"
  | "SqlCompiled"
  | "CompilingRust"
  | "Success"
  | "SqlError"
  | "SystemError";

/** Whether the pipeline's process is there. */
export type ResourcesStatus = "Stopped" | "Provisioning" | "Provisioned" | "Stopping";

/** What a provisioned pipeline does. */
export type RuntimeStatus = "Unavailable" | "Initializing" | "Paused" | "Running";

/** Whether the pipeline holds data. */
export type StorageStatus = "Cleared" | "InUse" | "Clearing";

/** An error envelope, as kept with a pipeline whose deployment failed. */
export interface ErrorEnvelope {
  readonly message: string;
  readonly errorCode: string;
  readonly details: JsonValue;
}

/** What a user gives of a pipeline. */
export interface PipelineDescriptor {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly programCode: string;
  readonly udfRust: string;
  readonly udfToml: string;
  /** With every documented default filled in. */
  readonly runtimeConfig: JsonObject;
  readonly programConfig: JsonObject;
}

/** A pipeline as the registry keeps it. Times are milliseconds since 1970. */
export interface PipelineRecord extends PipelineDescriptor {
  /** UUIDv7, never reused: tokens carry it. */
  readonly id: string;
  readonly tenant: string;
  readonly createdAtMs: number;
  /** Grows with every edit of the descriptor that can change what runs. */
  readonly version: number;
  readonly platformVersion: string;
  /** Grows with every change of the program. */
  readonly programVersion: number;
  readonly programStatus: ProgramStatus;
  readonly programStatusSinceMs: number;
  readonly programErrors: readonly ProgramError[];
  readonly systemError: string | undefined;
  /** The documented `program_info`, once compiled. */
  readonly programInfo: JsonObject | undefined;
  readonly deploymentError: ErrorEnvelope | undefined;
  /** Grows with every change of the record: the compare-and-set stamp. */
  readonly refreshVersion: number;
  /**
   * The documented `refresh_version`: grows with every change of what `selector=status` leaves out,
   * so that a client that polls statuses knows when to read the rest again.
   */
  readonly detailVersion: number;
  readonly storageStatus: StorageStatus;
  /** A fresh UUID for every deployment; absent while stopped. */
  readonly deploymentId: string | undefined;
  readonly deploymentInitial: "Running" | "Paused" | "Standby" | undefined;
  /** Absent while stopped. */
  readonly bootstrap: Bootstrap | undefined;
  readonly resourcesStatus: ResourcesStatus;
  readonly resourcesStatusSinceMs: number;
  readonly resourcesDesired: "Stopped" | "Provisioned";
  readonly resourcesDesiredSinceMs: number;
  readonly runtimeStatus: RuntimeStatus | undefined;
  readonly runtimeStatusSinceMs: number | undefined;
  readonly runtimeDesired: "Paused" | "Running" | undefined;
  readonly runtimeDesiredSinceMs: number | undefined;
  /**
   * Whether its outputs may lack changes that are committed: from the start until it has stopped with
   * everything delivered. Only then can the views that made those changes be edited.
   */
  readonly outputsBehind: boolean;
  /** Inputs that a user started or paused against their declaration: endpoint to paused. */
  readonly connectorPaused: Readonly<Record<string, boolean>>;
}

/** How a start was asked to bootstrap: kept as asked, since nothing is ever bootstrapped here. */
export interface Bootstrap {
  readonly policy: "await_approval" | "allow" | "reject";
  readonly silent: boolean;
  readonly concurrent: boolean;
}

/** Durable pipelines, by tenant and name. Every write is durable when its promise resolves. */
export interface Registry extends AsyncDisposable {
  readonly keys: KeyStore;
  /** Whether a tenant has a pipeline or an API key. */
  hasTenant(tenant: string): Promise<boolean>;
  /** By creation, oldest first. */
  list(tenant: string): Promise<readonly PipelineRecord[]>;
  /** Of all tenants: for recovery at start-up. */
  listAll(): Promise<readonly PipelineRecord[]>;
  find(tenant: string, name: string): Promise<PipelineRecord | undefined>;
  /** Answers `"taken"` where the tenant has a pipeline of that name. */
  insert(record: PipelineRecord): Promise<"inserted" | "taken">;
  /**
   * Replaces the record of the same id if its `refreshVersion` is still `expected`; `record` carries
   * the next one. `"taken"`: its new name belongs to another pipeline.
   */
  replace(record: PipelineRecord, expected: number): Promise<"replaced" | "taken" | "conflict">;
  /** Deletes by id, if `refreshVersion` is still `expected`. */
  remove(id: string, expected: number): Promise<"removed" | "conflict">;
}
