/** Errors of creating and editing pipelines, in the contract's words. */

import { type JsonObject } from "@tidemark/program";

import { ServiceError } from "../service-error.ts";

const PIPELINE_NAME = {
  pattern: "^([A-Za-z0-9][-A-Za-z0-9_]*)?[A-Za-z0-9]$",
  description:
    "be non-empty and only contain lowercase (a-z), uppercase (A-Z), number (0-9), underscore (_) or hyphen (-) characters, but cannot start or end with hyphen or underscore",
};

/** An empty name. */
export function emptyName(): ServiceError {
  return new ServiceError("EmptyName", "Name cannot be be empty");
}

/** A name of too many bytes. */
export function tooLongName(name: string, length: number, maximum: number): ServiceError {
  return new ServiceError(
    "TooLongName",
    `Name '${name}' is longer (${length}) than maximum allowed (${maximum})`,
    { name, length, maximum },
  );
}

/** A name with characters that are not allowed. */
export function nameDoesNotMatchPattern(
  name: string,
  {
    pattern,
    description,
  }: { readonly pattern: string; readonly description: string } = PIPELINE_NAME,
): ServiceError {
  return new ServiceError(
    "NameDoesNotMatchPattern",
    `Name '${name}' should ${description} (pattern: '${pattern}')`,
    { name, pattern, pattern_description: description },
  );
}

/** A description of too many characters. */
export function tooLongDescription(length: number, maximum: number): ServiceError {
  return new ServiceError(
    "TooLongDescription",
    `Description is longer (${length}) than maximum allowed (${maximum})`,
    { length, maximum },
  );
}

/** Too many tags. */
export function tooManyTags(count: number, maximum: number): ServiceError {
  return new ServiceError(
    "TooManyTags",
    `Pipeline has more tags (${count}) than the maximum allowed (${maximum})`,
    { count, maximum },
  );
}

/** A tag that can't be used. */
export function invalidTag(tag: string, reason: string): ServiceError {
  return new ServiceError("InvalidTag", `Tag '${tag}' is invalid: ${reason}`, { tag, reason });
}

/** A `runtime_config` with a value of the wrong type. */
export function invalidRuntimeConfig(value: JsonObject, error: string): ServiceError {
  return invalidConfig("InvalidRuntimeConfig", "runtime_config", value, error);
}

/** A `program_config` with a value of the wrong type. */
export function invalidProgramConfig(value: JsonObject, error: string): ServiceError {
  return invalidConfig("InvalidProgramConfig", "program_config", value, error);
}

/** The name is another one's. */
export function duplicateName(): ServiceError {
  return new ServiceError("DuplicateName", "An entity with this name already exists");
}

/** As many pipelines as allowed. */
export function tooManyPipelines(maximum: number): ServiceError {
  return new ServiceError(
    "TooManyPipelines",
    `There are already as many pipelines as allowed (${maximum}). Delete one first.`,
    { maximum },
  );
}

/** A create under one name at the path of another. */
export function cannotRenameNonExistingPipeline(): ServiceError {
  return new ServiceError(
    "CannotRenameNonExistingPipeline",
    "The pipeline name in the request body does not match the one provided in the URL path. This is not allowed when no pipeline with the name provided in the URL path exists.",
  );
}

/** An edit of a pipeline that isn't stopped. */
export function updateRestrictedToStopped(): ServiceError {
  return new ServiceError(
    "UpdateRestrictedToStopped",
    "Pipeline can only be updated while stopped. Stop it first by invoking '/stop'.",
  );
}

/** Edits that the stored data forbids. */
export function editRestrictedToClearedStorage(notAllowed: readonly string[]): ServiceError {
  return new ServiceError(
    "EditRestrictedToClearedStorage",
    `The following pipeline edits are not allowed while storage is not cleared: ${notAllowed.join(", ")}`,
    { not_allowed: notAllowed },
  );
}

/** A delete of a pipeline that isn't stopped. */
export function deleteRestrictedToFullyStopped(): ServiceError {
  return new ServiceError(
    "DeleteRestrictedToFullyStopped",
    "Cannot delete a pipeline which is not fully stopped. Stop the pipeline first fully by invoking the '/stop' endpoint.",
  );
}

/** A delete of a pipeline that holds data. */
export function deleteRestrictedToClearedStorage(): ServiceError {
  return new ServiceError(
    "DeleteRestrictedToClearedStorage",
    "Cannot delete pipeline unless its storage is cleared. Clear storage first using `/clear`.",
  );
}

function invalidConfig(
  reason: "InvalidRuntimeConfig" | "InvalidProgramConfig",
  field: string,
  value: JsonObject,
  error: string,
): ServiceError {
  return new ServiceError(
    reason,
    `JSON for '${field}' field:\n${JSON.stringify(value, undefined, 2)}\n\n... is not valid due to: ${error}`,
    { value, error },
  );
}
