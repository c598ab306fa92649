/** gRPC as any program would speak it: the proto files and `@grpc/grpc-js`, nothing of ours. */

import { join } from "node:path";

import { Client, credentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** The folder of the proto files. */
const PROTO = join(import.meta.dirname, "..", "..", "..", "..", "proto");

/** Calls one unary method of the completion service and answers what it answered. */
export async function callCompletion(
  address: string,
  method: "GenerateToken" | "CheckToken" | "WaitToken",
  request: object,
): Promise<unknown> {
  const definition = loadSync("tidemark/v1/completion_service.proto", {
    includeDirs: [PROTO],
    longs: Number,
    enums: String,
  });
  const service = definition["tidemark.v1.CompletionService"];
  if (service === undefined || "format" in service) throw new TypeError("no such service");
  const found = new Map(Object.entries(service)).get(method);
  if (found === undefined) throw new TypeError(`no method ${method}`);
  const client = new Client(address, credentials.createInsecure());
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const { path, requestSerialize, responseDeserialize } = found;
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) => {
    if (error === null) resolve(answer);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    client.close();
  }
}
