/** Errors of starting, stopping and clearing pipelines, in the contract's words. */

import { type PipelineRecord } from "@tidemark/connector";

import { ServiceError } from "../service-error.ts";

/** A start in a way that there is not. */
export function unsupportedPipelineAction(action: string, reason: string): ServiceError {
  return new ServiceError(
    "UnsupportedPipelineAction",
    `Unsupported pipeline action '${action}': ${reason}`,
    { action, reason },
  );
}

/** Both ways of bootstrapping at once. */
export function invalidBootstrapConfig(error: string): ServiceError {
  return new ServiceError("InvalidBootstrapConfig", `Invalid bootstrap configuration: ${error}`);
}

/** A start while the pipeline is still stopping. */
export function illegalPipelineAction(record: PipelineRecord): ServiceError {
  const status = record.resourcesStatus;
  const current = record.resourcesDesired;
  const hint =
    "Cannot restart the pipeline while it is stopping. Wait for it to stop before starting a new instance of the pipeline.";
  return new ServiceError(
    "IllegalPipelineAction",
    `Deployment resources status (current: '${status}', desired: '${current}') cannot have desired changed to 'Provisioned'. ${hint}`,
    { status, current_desired_status: current, new_desired_status: "Provisioned", hint },
  );
}

/** A start that must not dismiss the deployment error there is. */
export function cannotStartWithUndismissedError(): ServiceError {
  return new ServiceError(
    "CannotStartWithUndismissedError",
    "Cannot process `/start?dismiss_error=false` if the `deployment_error` is set. You can dismiss the error by calling `/start?dismiss_error=true`, or alternatively first call `/dismiss_error`, after which `/start?dismiss_error=false` is again possible.",
  );
}

/** A start while storage is being cleared. */
export function cannotStartWhileClearingStorage(): ServiceError {
  return new ServiceError(
    "CannotStartWhileClearingStorage",
    "Cannot process `/start` if the `storage_status` is `Clearing`. Wait for the storage to become cleared before trying again.",
  );
}

/** A start of a program that doesn't compile. */
export function cannotStartWithCompilationError(): ServiceError {
  return new ServiceError(
    "CannotStartWithCompilationError",
    "Cannot process `/start` if the `program_status` is `SqlError`, `RustError` or `SystemError`. Make changes to fix the error, which will trigger recompilation.",
  );
}

/** A start with another initial state than the one it was started with. */
export function initialImmutableUnlessStopped(): ServiceError {
  return new ServiceError(
    "InitialImmutableUnlessStopped",
    "Initial desired runtime status cannot be changed unless the pipeline is desired to become Stopped.",
  );
}

/** A start with another bootstrap policy than the one it was started with. */
export function bootstrapPolicyImmutableUnlessStopped(): ServiceError {
  return new ServiceError(
    "BootstrapPolicyImmutableUnlessStopped",
    "Bootstrap policy cannot be changed unless the pipeline is desired to become Stopped.",
  );
}

/** A start as standby. */
export function initialStandbyNotAllowed(): ServiceError {
  return new ServiceError(
    "InitialStandbyNotAllowed",
    "Initial desired runtime status can only be set to Standby if: (1) `runtime_config.storage.backend.name` is set to `file`, and (2) `runtime_config.storage.backend.config.sync` is configured.",
  );
}

/** A clear of a pipeline that isn't stopped. */
export function storageStatusImmutableUnlessStopped(record: PipelineRecord): ServiceError {
  const { resourcesStatus, resourcesDesired, storageStatus } = record;
  return new ServiceError(
    "StorageStatusImmutableUnlessStopped",
    `Cannot transition storage status from '${lower(storageStatus)}' to 'clearing' with resources status '${lower(resourcesStatus)}' and desired status '${lower(resourcesDesired)}'. Storage status cannot be changed unless the pipeline is fully stopped.`,
    {
      resources_status: resourcesStatus,
      resources_desired_status: resourcesDesired,
      current_status: storageStatus,
      new_status: "Clearing",
    },
  );
}

/** A dismissal of the error of a pipeline that isn't stopped. */
export function dismissErrorRestrictedToFullyStopped(): ServiceError {
  return new ServiceError(
    "DismissErrorRestrictedToFullyStopped",
    "The pipeline must have both status `Stopped` and desired status `Stopped` to dismiss the `deployment_error` if it is set.",
  );
}

/** A feature of the original's paid edition. */
export function enterpriseFeature(feature: string): ServiceError {
  return new ServiceError(
    "EnterpriseFeature",
    `Cannot use enterprise-only feature (${feature}) in Feldera community edition.`,
    { feature },
  );
}

/** The deployment failed. */
export function initializationError(error: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(
    "InitializationError",
    `Operation failed because the pipeline failed to initialize. Error details: ${error}.`,
    { error },
    options,
  );
}

/** The pipeline ended by itself. */
export function pipelineFailed(error: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(
    "RuntimeError.WorkerPanic",
    `The pipeline stopped because of a fault: ${error}`,
    { error },
    options,
  );
}

/** Storage could not be removed. */
export function storageClearFailed(error: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(
    "StorageClearFailed",
    `The pipeline's storage could not be cleared: ${error}`,
    { error },
    options,
  );
}

function lower(status: string): string {
  return status === "InUse" ? "in_use" : status.toLowerCase();
}
