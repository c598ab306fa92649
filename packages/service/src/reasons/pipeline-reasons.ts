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
    cause: "The name is empty.",
    remedy: "Give a name.",
  },
  TooLongName: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The name is longer than allowed.",
    remedy: "Choose a shorter name.",
  },
  NameDoesNotMatchPattern: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The name has characters that are not allowed.",
    remedy: "Use letters, digits, hyphens and underscores; begin and end with a letter or digit.",
  },
  TooLongDescription: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The description is longer than allowed.",
    remedy: "Shorten it.",
  },
  TooManyTags: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The pipeline has more tags than allowed.",
    remedy: "Use fewer.",
  },
  InvalidTag: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "A tag can't be used.",
    remedy: "The message says why.",
  },
  InvalidRuntimeConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "A field of runtime_config has a value of the wrong type.",
    remedy: "The message names the field and what it takes.",
  },
  InvalidProgramConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "A field of program_config has a value of the wrong type.",
    remedy: "The message names the field and what it takes.",
  },
  DuplicateName: {
    http: 409,
    grpc: "ALREADY_EXISTS",
    cause: "Another one has that name.",
    remedy: "Choose another name.",
  },
  TooManyPipelines: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    retryAfterSeconds: 5,
    cause: "The tenant has as many pipelines as the server allows.",
    remedy: "Delete one first.",
  },
  CannotRenameNonExistingPipeline: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "A pipeline was to be created under one name at the path of another.",
    remedy: "Make the name in the body and in the path the same.",
  },
  UpdateRestrictedToStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first. Description and tags can be changed at any time.",
  },
  EditRestrictedToClearedStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline holds data that was stored under what is to be changed.",
    remedy: "Clear its storage first.",
  },
  DeleteRestrictedToFullyStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first.",
  },
  DeleteRestrictedToClearedStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline still holds data.",
    remedy: "Clear its storage first.",
  },
  UnsupportedPipelineAction: {
    http: 405,
    grpc: "INVALID_ARGUMENT",
    cause: "The pipeline can't be started in that way.",
    remedy: "Use initial=running or initial=paused.",
  },
  InvalidBootstrapConfig: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The ways of bootstrapping that were asked for exclude each other.",
    remedy: "Ask for at most one of them.",
  },
  IllegalPipelineAction: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline is still stopping.",
    remedy: "Wait until it is stopped.",
  },
  CannotStartWithUndismissedError: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The last deployment failed, and the caller asked not to dismiss its error.",
    remedy: "Look at the deployment error, then dismiss it.",
  },
  CannotStartWhileClearingStorage: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline's storage is being cleared.",
    remedy: "Wait until it is cleared.",
  },
  CannotStartWithCompilationError: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The program doesn't compile.",
    remedy: "Look at program_error and mend the program.",
  },
  InitialImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline is started already, with another initial state.",
    remedy: "Pause or resume it instead.",
  },
  BootstrapPolicyImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline is started already, with another bootstrap policy.",
    remedy: "Stop it first.",
  },
  InitialStandbyNotAllowed: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "Standby needs storage that is synchronised elsewhere.",
    remedy: "Use initial=running or initial=paused.",
  },
  StorageStatusImmutableUnlessStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first, then clear it.",
  },
  DismissErrorRestrictedToFullyStopped: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    cause: "The pipeline isn't stopped.",
    remedy: "Stop it first.",
  },
  EnterpriseFeature: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    cause: "The feature is one of the original's paid edition and isn't here.",
    remedy: "Do without it.",
  },
};
