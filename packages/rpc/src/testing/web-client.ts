/** Clients of the HTTP protocols for tests: JSON by `fetch`, and gRPC-Web and Connect by transport. */

import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { type Transport } from "@connectrpc/connect";

/** Calls a unary method with `fetch`. */
export async function fetchJson(
  url: string,
  method: string,
  request: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/${method}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

/** All answers of a method that takes one request, as JSON, by way of a transport. */
export async function answersBy(
  transport: Transport,
  method: DescMethod,
  request: JsonObject,
): Promise<readonly JsonValue[]> {
  const message = fromJson(method.input, request);
  if (method.methodKind === "unary") {
    const headers = undefined;
    const answer = await transport.unary(
      { ...method, methodKind: "unary" },
      undefined,
      undefined,
      headers,
      message,
    );
    return [asJson(method.output, answer.message)];
  }
  const answer = await transport.stream(
    { ...method, methodKind: "server_streaming" },
    undefined,
    undefined,
    undefined,
    once(message),
  );
  const all: JsonValue[] = [];
  for await (const one of answer.message) all.push(asJson(method.output, one));
  return all;
}

async function* once<T>(one: T): AsyncIterable<T> {
  yield one;
}

function asJson(schema: DescMessage, message: Parameters<typeof toJson>[1]): JsonValue {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}
