/** A pipeline's record as its message. */

import { fromJson, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, ValueSchema } from "@bufbuild/protobuf/wkt";
import {
  type DeploymentErrorSchema,
  type PipelineSchema,
  type ProgramErrorSchema,
} from "@tidemark/api";
import {
  deploymentStatus,
  type ErrorEnvelope,
  type PipelineRecord,
  type ProgramError,
} from "@tidemark/service";

import { jsonMessage, structMessage } from "./json.ts";
import { uint64 } from "./uint64.ts";

/** The message of a pipeline's record. */
export function pipelineMessage(record: PipelineRecord): MessageInitShape<typeof PipelineSchema> {
  const { id, name, description, programCode, udfRust, udfToml } = record;
  const { platformVersion, programStatus, storageStatus } = record;
  const { programInfo, systemError, deploymentId, deploymentError } = record;
  const { status, statusSinceMs, desired, desiredSinceMs } = deploymentStatus(record);
  return {
    id,
    name,
    description,
    tags: [...record.tags],
    programCode,
    udfRust,
    udfToml,
    runtimeConfig: structMessage(record.runtimeConfig),
    programConfig: structMessage(record.programConfig),
    createdAt: timestampFromMs(record.createdAtMs),
    version: uint64(record.version),
    programVersion: uint64(record.programVersion),
    refreshVersion: uint64(record.detailVersion),
    platformVersion,
    programStatus,
    programStatusSince: timestampFromMs(record.programStatusSinceMs),
    programErrors: record.programErrors.map(programErrorMessage),
    deploymentStatus: status,
    deploymentStatusSince: timestampFromMs(statusSinceMs),
    deploymentDesiredStatus: desired,
    deploymentDesiredStatusSince: timestampFromMs(desiredSinceMs),
    storageStatus,
    ...(programInfo === undefined ? {} : { programInfo: structMessage(programInfo) }),
    ...(systemError === undefined ? {} : { systemError }),
    ...(deploymentId === undefined ? {} : { deploymentId }),
    ...(deploymentError === undefined
      ? {}
      : { deploymentError: deploymentErrorMessage(deploymentError) }),
  };
}

function programErrorMessage(error: ProgramError): MessageInitShape<typeof ProgramErrorSchema> {
  const { span, warning, errorType, message, snippet } = error;
  return { ...span, warning, errorType, message, snippet };
}

function deploymentErrorMessage(
  error: ErrorEnvelope,
): MessageInitShape<typeof DeploymentErrorSchema> {
  const { errorCode, message } = error;
  return { errorCode, message, details: fromJson(ValueSchema, jsonMessage(error.details)) };
}
