/** Failures as gRPC statuses, with their details in `grpc-status-details-bin`. */

import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Metadata, status, type StatusObject } from "@grpc/grpc-js";
import { ErrorInfoSchema, RetryInfoSchema, StatusSchema } from "@tidemark/api";

import { type Failure } from "../failure.ts";

/** The status that a failed call ends with. */
export function statusOf(failure: Failure): Partial<StatusObject> {
  const { code, message } = failure;
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(detailBytes(failure)));
  return { code: status[code], details: message, metadata };
}

function detailBytes({ code, message, info, retryAfterSeconds }: Failure): Uint8Array {
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { ...info }))];
  if (retryAfterSeconds !== undefined) {
    const retryDelay = durationFromMs(retryAfterSeconds * 1000);
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return toBinary(StatusSchema, create(StatusSchema, { code: status[code], message, details }));
}
