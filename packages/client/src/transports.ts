/** The two ways to a server: Connect for calls and streams of answers, gRPC for streams of requests. */

import { type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";

/** Where a server is, and who calls. */
export interface ClientOptions {
  /** The HTTP address, for example `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The gRPC address, for example `http://127.0.0.1:50051`; needed to push bodies. */
  readonly grpcUrl?: string;
  /** Sent as a bearer token with every call. */
  readonly apiKey?: string;
}

/** The opened ways to a server. */
export interface Transports {
  readonly connect: Transport;
  readonly grpc: Transport | undefined;
}

/** Opens both ways; nothing is sent before the first call. */
export function openTransports(options: ClientOptions): Transports {
  const interceptors = options.apiKey === undefined ? [] : [bearer(options.apiKey)];
  return {
    connect: createConnectTransport({
      baseUrl: options.baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: true,
      interceptors,
    }),
    grpc:
      options.grpcUrl === undefined
        ? undefined
        : createGrpcTransport({ baseUrl: options.grpcUrl, interceptors }),
  };
}

function bearer(apiKey: string): Interceptor {
  return (next) => (request) => {
    request.header.set("Authorization", `Bearer ${apiKey}`);
    return next(request);
  };
}
