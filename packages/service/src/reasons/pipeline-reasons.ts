/** Reasons why a pipeline can't be created, edited, started, stopped or cleared. */

import { type ReasonEntry } from "./reason-entry.ts";

/** Names of the reasons to do with pipelines and their lifecycle. */
export type PipelineReason =
  | "EmptyName"
  | "TooLongName"
  | "NameDoesNotMatchPattern"
  | "TooLongDescription"
  | "TooManyTags"
  | "InvalidTag"
  | "InvalidRuntimeConfig"
  | "InvalidProgramConfig"
  | "DuplicateName"
  | "TooManyPipelines"
  | "CannotRenameNonExistingPipeline"
  | "UpdateRestrictedToStopped"
  | "EditRestrictedToClearedStorage"
  | "DeleteRestrictedToFullyStopped"
  | "DeleteRestrictedToClearedStorage"
  | "UnsupportedPipelineAction"
  | "InvalidBootstrapConfig"
  | "IllegalPipelineAction"
  | "CannotStartWithUndismissedError"
  | "CannotStartWhileClearingStorage"
  | "CannotStartWithCompilationError"
  | "InitialImmutableUnlessStopped"
  | "BootstrapPolicyImmutableUnlessStopped"
  | "InitialStandbyNotAllowed"
  | "StorageStatusImmutableUnlessStopped"
  | "DismissErrorRestrictedToFullyStopped"
  | "EnterpriseFeature";

/** What each of them means. */
export const PIPELINE_REASONS: Readonly<Record<PipelineReason, ReasonEntry>> = {
  EmptyName: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Name cannot be be empty",
    details: [],
    cause: "The name is empty.",
    remedy: "Give a name.",
  },
  TooLongName: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Name '{name}' is longer ({length}) than maximum allowed ({maximum})",
    details: ["name", "length", "maximum"],
    cause: "The name is longer than allowed.",
    remedy: "Choose a shorter name.",
  },
  NameDoesNotMatchPattern: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Name '{name}' should {pattern_description} (pattern: '{pattern}')",
    details: ["name", "pattern", "pattern_description"],
    cause: "The name has characters that are not allowed.",
    remedy: "Use letters, digits, hyphens and underscores; begin and end with a letter or digit.",
  },
  TooLongDescription: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Description is longer ({length}) than maximum allowed ({maximum})",
    details: ["length", "maximum"],
    cause: "The description is longer than allowed.",
    remedy: "Shorten it.",
  },
  TooManyTags: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Pipeline has more tags ({count}) than the maximum allowed ({maximum})",
    details: ["count", "maximum"],
    cause: "The pipeline has more tags than allowed.",
    remedy: "Use fewer.",
  },
  InvalidTag: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Tag '{tag}' is invalid: {reason}",
    details: ["tag", "reason"],
    cause: "A tag can't be used.",
    remedy: "The message says why.",
  },
  InvalidRuntimeConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "JSON for 'runtime_config' field:\n{value}\n\n... is not valid due to: {error}",
    details: ["value", "error"],
    cause: "A field of runtime_config has a value of the wrong type.",
    remedy: "The message names the field and what it takes.",
  },
  InvalidProgramConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "JSON for 'program_config' field:\n{value}\n\n... is not valid due to: {error}",
    details: ["value", "error"],
    cause: "A field of program_config has a value of the wrong type.",
    remedy: "The message names the field and what it takes.",
  },
  DuplicateName: {
    http: 409,
    grpc: "ALREADY_EXISTS",
    message: "An entity with this name already exists",
    details: [],
    cause: "Another one has that name.",
    remedy: "Choose another name.",
  },
  TooManyPipelines: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    retryAfterSeconds: 5,
    message: "There are already as many pipelines as allowed ({maximum}). Delete one first.",
    details: ["maximum"],
    cause: "The tenant has as many pipelines as the server allows.",
    remedy: "Delete one first.",
  },
  CannotRenameNonExistingPipeline: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "The pipeline name in the request body does not match the one provided in the URL path. This is not allowed when no pipeline with the name provided in the URL path exists.",
    details: [],
    cause: "A pipeline was to be created under one name at the path of another.",
    remedy: "Make the name in the body and in the path the same.",
  },
  UpdateRestrictedToStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message: "Pipeline can only be updated while stopped. Stop it first by invoking '/stop'.",
    details: [],
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first. Description and tags can be changed at any time.",
  },
  EditRestrictedToClearedStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "The following pipeline edits are not allowed while storage is not cleared: {not_allowed}",
    details: ["not_allowed"],
    cause: "The pipeline holds data that was stored under what is to be changed.",
    remedy: "Clear its storage first.",
  },
  DeleteRestrictedToFullyStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot delete a pipeline which is not fully stopped. Stop the pipeline first fully by invoking the '/stop' endpoint.",
    details: [],
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first.",
  },
  DeleteRestrictedToClearedStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot delete pipeline unless its storage is cleared. Clear storage first using `/clear`.",
    details: [],
    cause: "The pipeline still holds data.",
    remedy: "Clear its storage first.",
  },
  UnsupportedPipelineAction: {
    http: 405,
    grpc: "INVALID_ARGUMENT",
    message: "Unsupported pipeline action '{action}': {reason}",
    details: ["action", "reason"],
    cause: "The pipeline can't be started in that way.",
    remedy: "Use initial=running or initial=paused.",
  },
  InvalidBootstrapConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Invalid bootstrap configuration: {what excludes what}",
    details: [],
    cause: "The ways of bootstrapping that were asked for exclude each other.",
    remedy: "Ask for at most one of them.",
  },
  IllegalPipelineAction: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Deployment resources status (current: '{status}', desired: '{current_desired_status}') cannot have desired changed to 'Provisioned'. {hint}",
    details: ["status", "current_desired_status", "new_desired_status", "hint"],
    cause: "The pipeline is still stopping.",
    remedy: "Wait until it is stopped.",
  },
  CannotStartWithUndismissedError: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot process `/start?dismiss_error=false` if the `deployment_error` is set. You can dismiss the error by calling `/start?dismiss_error=true`, or alternatively first call `/dismiss_error`, after which `/start?dismiss_error=false` is again possible.",
    details: [],
    cause: "The last deployment failed, and the caller asked not to dismiss its error.",
    remedy: "Look at the deployment error, then dismiss it.",
  },
  CannotStartWhileClearingStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot process `/start` if the `storage_status` is `Clearing`. Wait for the storage to become cleared before trying again.",
    details: [],
    cause: "The pipeline's storage is being cleared.",
    remedy: "Wait until it is cleared.",
  },
  CannotStartWithCompilationError: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot process `/start` if the `program_status` is `SqlError`, `RustError` or `SystemError`. Make changes to fix the error, which will trigger recompilation.",
    details: [],
    cause: "The program doesn't compile.",
    remedy: "Look at program_error and mend the program.",
  },
  InitialImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Initial desired runtime status cannot be changed unless the pipeline is desired to become Stopped.",
    details: [],
    cause: "The pipeline is started already, with another initial state.",
    remedy: "Pause or resume it instead.",
  },
  BootstrapPolicyImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message: "Bootstrap policy cannot be changed unless the pipeline is desired to become Stopped.",
    details: [],
    cause: "The pipeline is started already, with another bootstrap policy.",
    remedy: "Stop it first.",
  },
  InitialStandbyNotAllowed: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Initial desired runtime status can only be set to Standby if: (1) `runtime_config.storage.backend.name` is set to `file`, and (2) `runtime_config.storage.backend.config.sync` is configured.",
    details: [],
    cause: "Standby needs storage that is synchronised elsewhere.",
    remedy: "Use initial=running or initial=paused.",
  },
  StorageStatusImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "Cannot transition storage status from '{current_status}' to 'clearing' with resources status '{resources_status}' and desired status '{resources_desired_status}'. Storage status cannot be changed unless the pipeline is fully stopped.",
    details: ["resources_status", "resources_desired_status", "current_status", "new_status"],
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first, then clear it.",
  },
  DismissErrorRestrictedToFullyStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message:
      "The pipeline must have both status `Stopped` and desired status `Stopped` to dismiss the `deployment_error` if it is set.",
    details: [],
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first.",
  },
  EnterpriseFeature: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    message: "Cannot use enterprise-only feature ({feature}) in Feldera community edition.",
    details: ["feature"],
    cause: "The feature is one of the original's paid edition and isn't here.",
    remedy: "Do without it.",
  },
};
