/** Errors that the library answers by itself, given the reason that all of ours carry. */

import { Code, ConnectError } from "@connectrpc/connect";
import { type UniversalServerResponse } from "@connectrpc/connect/protocol";
import { errorFromJsonBytes, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import {
  deadlineExceeded,
  invalidParam,
  payloadTooLarge,
  type ServiceError,
  unknownRoute,
} from "@tidemark/service";

import { failureOf } from "../failure.ts";
import { MAX_MESSAGE_BYTES, type RpcOptions } from "../rpc-options.ts";
import { connectErrorOf } from "./connect-error.ts";

/** The error of a path below a service that is none of its methods. */
export function unknownMethod(method: string, path: string, log: RpcOptions["log"]): Uint8Array {
  return bytesOf(unknownRoute(method, path), log);
}

/** A response as it is, but for a plain error without details: that one gets its reason. */
export async function withReason(
  response: UniversalServerResponse,
  log: RpcOptions["log"],
): Promise<UniversalServerResponse> {
  const { status, header, body } = response;
  const isPlainError =
    status !== 200 &&
    header?.get("content-type") === "application/json" &&
    !header.has("content-encoding");
  if (!isPlainError || body === undefined) return response;
  const bytes = await gathered(body);
  const error = errorFromJsonBytes(bytes, undefined, new ConnectError("", Code.Unknown));
  const reason = error.details.length > 0 ? undefined : reasonOf(error);
  if (reason === undefined) return { ...response, body: once(bytes) };
  const told = bytesOf(reason, log);
  const headers = new Headers(header);
  headers.set("content-length", String(told.length));
  return { ...response, header: headers, body: once(told) };
}

function reasonOf({ code, rawMessage }: ConnectError): ServiceError | undefined {
  if (code === Code.InvalidArgument) return invalidParam(rawMessage);
  if (code === Code.ResourceExhausted) return payloadTooLarge(MAX_MESSAGE_BYTES);
  return code === Code.DeadlineExceeded ? deadlineExceeded() : undefined;
}

function bytesOf(error: ServiceError, log: RpcOptions["log"]): Uint8Array {
  return errorToJsonBytes(connectErrorOf(failureOf(error, log)), undefined);
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
