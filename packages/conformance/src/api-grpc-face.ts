/** The gRPC face: plain `@grpc/grpc-js` and the proto files, nothing of ours. */

import {
  Client,
  type ClientReadableStream,
  credentials,
  InterceptingCall,
  type Interceptor,
  type Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";

import { type ApiFace, type ApiHeaders, type Outcome } from "./api-face.ts";
import { errorInfoOf } from "./api-error-info.ts";
import { type RpcCarrier, rpcFace } from "./api-rpc-face.ts";

const FILES = ["completion", "connector", "egress", "ingest", "key", "pipeline", "query"];

/** Speaks gRPC to `host:port`, by the proto files below a directory. */
export function grpcFace(
  address: string,
  protoDirectory: string,
  headers: ApiHeaders = {},
): ApiFace {
  const definition = loadSync(
    FILES.map((file) => `tidemark/v1/${file}_service.proto`),
    { includeDirs: [protoDirectory], longs: Number, enums: String, defaults: false },
  );
  const client = new Client(address, credentials.createInsecure(), {
    interceptors: [sending(headers)],
  });
  return rpcFace(carrier(client, definition));
}

function sending(headers: ApiHeaders): Interceptor {
  return (options, next) =>
    new InterceptingCall(next(options), {
      start(metadata, listener, start) {
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        start(metadata, listener);
      },
    });
}

function carrier(client: Client, definition: PackageDefinition): RpcCarrier {
  return {
    unary(service, method, request) {
      const { path, requestSerialize, responseDeserialize } = find(definition, service, method);
      return settled((done) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, done);
      });
    },
    stream(service, method, request) {
      const { path, requestSerialize, responseDeserialize } = find(definition, service, method);
      return drained(
        client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request),
      );
    },
    open(service, method, request) {
      const { path, requestSerialize, responseDeserialize } = find(definition, service, method);
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
      );
      return { messages: incoming(call), close: () => call.cancel() };
    },
    push(header, body) {
      const method = find(definition, "tidemark.v1.IngestService", "Ingest");
      return settled((done) => {
        const call = client.makeClientStreamRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          done,
        );
        call.write({ header });
        for (let at = 0; at < body.length; at += 7000) {
          call.write({ data: Buffer.from(body.subarray(at, at + 7000)) });
        }
        call.write({ end: {} });
        call.end();
      });
    },
    [Symbol.asyncDispose]() {
      client.close();
      return Promise.resolve();
    },
  };
}

function settled(
  start: (done: (error: ServiceError | null, value?: object) => void) => void,
): Promise<Outcome<unknown>> {
  return new Promise((resolve) => {
    start((error, value) => {
      resolve(error === null ? { kind: "value", value } : refused(error));
    });
  });
}

async function drained(stream: ClientReadableStream<object>): Promise<Outcome<readonly unknown[]>> {
  const messages: unknown[] = [];
  const failure = Promise.withResolvers<ServiceError | undefined>();
  stream.on("data", (message: unknown) => messages.push(message));
  stream.on("error", (error: ServiceError) => failure.resolve(error));
  stream.on("end", () => failure.resolve(undefined));
  const error = await failure.promise;
  return error === undefined ? { kind: "value", value: messages } : refused(error);
}

/** A stream's messages as they come; an error is the last. */
async function* incoming(call: ClientReadableStream<object>): AsyncGenerator<Outcome<unknown>> {
  const arrived: (Outcome<unknown> | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  const add = (outcome: Outcome<unknown> | undefined): void => {
    arrived.push(outcome);
    wake.resolve();
  };
  call.on("data", (value: unknown) => add({ kind: "value", value }));
  call.on("error", (error: ServiceError) =>
    add(error.code === status.CANCELLED ? undefined : refused(error)),
  );
  call.on("end", () => add(undefined));
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- messages come one after the other
    if (arrived.length === 0) await wake.promise;
    wake = Promise.withResolvers();
    for (const outcome of arrived.splice(0)) {
      if (outcome === undefined) return;
      yield outcome;
    }
  }
}

function refused(error: ServiceError): Outcome<never> {
  const info = errorInfoOf(statusDetails(error.metadata));
  return { kind: "error", error: { ...info, message: error.details } };
}

function statusDetails(metadata: Metadata): Buffer {
  const [details] = metadata.get("grpc-status-details-bin");
  return typeof details === "string" || details === undefined ? Buffer.alloc(0) : details;
}

type Method = Exclude<PackageDefinition[string], { readonly format: string }>[string];

function find(definition: PackageDefinition, service: string, method: string): Method {
  const methods = definition[service];
  const found = methods === undefined || isMessage(methods) ? undefined : methods[method];
  if (found === undefined) throw new TypeError(`the proto files have no ${service}/${method}`);
  return found;
}

function isMessage(
  definition: PackageDefinition[string],
): definition is Extract<PackageDefinition[string], { readonly format: string }> {
  return typeof definition["format"] === "string";
}
