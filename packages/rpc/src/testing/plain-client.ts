/** A plain gRPC client, built from nothing but the proto files, for tests. */

import { fileURLToPath } from "node:url";

import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";

import { asBytes } from "../grpc/codec.ts";

const PROTO = fileURLToPath(new URL("../../../../proto", import.meta.url));

const LOADED = loadSync(
  ["completion", "connector", "egress", "ingest", "key", "pipeline", "query"].map(
    (name) => `tidemark/v1/${name}_service.proto`,
  ),
  {
    includeDirs: [PROTO],
    longs: String,
    enums: String,
    bytes: String,
    defaults: true,
    oneofs: true,
  },
);

/** How a call is made. */
interface PlainOptions {
  readonly authorization?: string;
  readonly deadlineMs?: number;
}

/** Calls methods of a server by name, with messages as plain objects. */
export interface PlainClient extends Disposable {
  unary(method: string, request: object, options?: PlainOptions): Promise<object>;
  /** A unary call that can be cancelled. */
  cancellable(method: string, request: object): { answer: Promise<object>; cancel(): void };
  stream(method: string, request: object, options?: PlainOptions): ClientReadableStream<object>;
  push(method: string): { sink: ClientWritableStream<object>; answer: Promise<object> };
  duplex(method: string): ClientDuplexStream<object, object>;
  /** Sends bytes that need not be a message. */
  raw(method: string, bytes: Buffer): Promise<object>;
}

/** A client of the server at an address; methods are named `package.Service/Method`. */
export function plainClient(address: string, definitions: PackageDefinition = LOADED): PlainClient {
  const client = new Client(address, credentials.createInsecure());
  const find = (name: string): MethodDefinition<object, object> => methodOf(definitions, name);
  return {
    unary(name, request, options = {}) {
      const { path, requestSerialize, responseDeserialize } = find(name);
      return called((callback) => {
        const given = [path, requestSerialize, responseDeserialize, request] as const;
        client.makeUnaryRequest(...given, metadata(options), deadline(options), callback);
      });
    },
    cancellable(name, request) {
      const { path, requestSerialize, responseDeserialize } = find(name);
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const given = [path, requestSerialize, responseDeserialize, request] as const;
      const call = client.makeUnaryRequest(...given, settle({ resolve, reject }));
      return { answer: promise, cancel: () => call.cancel() };
    },
    stream(name, request, options = {}) {
      const { path, requestSerialize, responseDeserialize } = find(name);
      const given = [path, requestSerialize, responseDeserialize, request] as const;
      return client.makeServerStreamRequest(...given, metadata(options), deadline(options));
    },
    push(name) {
      const { path, requestSerialize, responseDeserialize } = find(name);
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const sink = client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        settle({ resolve, reject }),
      );
      return { sink, answer: promise };
    },
    duplex(name) {
      const { path, requestSerialize, responseDeserialize } = find(name);
      return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    },
    raw(name, bytes) {
      const { path, responseDeserialize } = find(name);
      return called((callback) => {
        client.makeUnaryRequest(path, asBytes, responseDeserialize, bytes, callback);
      });
    },
    [Symbol.dispose]: () => client.close(),
  };
}

type Callback = (error: ServiceError | null, answer?: object) => void;

function called(call: (callback: Callback) => void): Promise<object> {
  const { promise, resolve, reject } = Promise.withResolvers<object>();
  call(settle({ resolve, reject }));
  return promise;
}

function settle(to: {
  readonly resolve: (answer: object) => void;
  readonly reject: (error: Error) => void;
}): Callback {
  return (error, answer) => {
    if (error !== null) to.reject(error);
    else to.resolve(answer ?? {});
  };
}

function metadata({ authorization }: PlainOptions): Metadata {
  const given = new Metadata();
  if (authorization !== undefined) given.set("authorization", authorization);
  return given;
}

function deadline({ deadlineMs }: PlainOptions): { deadline?: number } {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}

function methodOf(definitions: PackageDefinition, name: string): MethodDefinition<object, object> {
  const [service = "", method = ""] = name.split("/");
  const definition = definitions[service];
  if (definition === undefined || isType(definition)) throw new TypeError(`no service ${service}`);
  const found = definition[method];
  if (found === undefined) throw new TypeError(`no method ${name}`);
  return found;
}

function isType(
  definition: PackageDefinition[string],
): definition is Exclude<PackageDefinition[string], { readonly [name: string]: { path: string } }> {
  return typeof definition["format"] === "string";
}
