/** The native gRPC server: the API with health and reflection. */

import { Server, ServerCredentials } from "@grpc/grpc-js";

import { bindApi, SERVICES } from "../api.ts";
import { MAX_MESSAGE_BYTES, type RpcOptions } from "../rpc-options.ts";
import { grpcBinder } from "./grpc-binder.ts";
import { addHealth } from "./health.ts";
import { addReflection } from "./reflection.ts";

/** What a native gRPC server is made of. */
export interface GrpcServerOptions extends RpcOptions {
  /** Clear text where absent. */
  readonly credentials?: ServerCredentials;
}

/** A native gRPC server. */
export interface GrpcServer extends AsyncDisposable {
  /**
   * Listens at an address, for example `127.0.0.1:50051`, and answers the port; port 0 takes a free
   * one. Rejects where the address can't be had.
   */
  start(address: string): Promise<number>;
  /**
   * Takes no more calls and waits for those that run; after `graceMs` it cancels what is left.
   * Disposing is stopping without grace.
   */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

/** Makes a server, which listens once it is started. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const server = new Server({
    // Up to this the codec refuses what is too large, with a reason; beyond, the library does without.
    "grpc.max_receive_message_length": 2 * MAX_MESSAGE_BYTES,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
  });
  bindApi(grpcBinder(server, options), options);
  const names = SERVICES.map(({ typeName }) => typeName);
  const health = addHealth(server, names, () => options.service.ready);
  addReflection(server, SERVICES);
  const stop = async (graceMs: number): Promise<void> => {
    health.stop();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => resolve());
    await promise;
    clearTimeout(timer);
  };
  return {
    start(address) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const credentials = options.credentials ?? ServerCredentials.createInsecure();
      server.bindAsync(address, credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
      return promise;
    },
    stop: ({ graceMs }) => stop(graceMs),
    [Symbol.asyncDispose]: () => stop(0),
  };
}
