/** The two ways to a server: Connect for calls and streams of answers, gRPC for streams of requests. */

import { type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";

import { withAddress } from "./tidemark-error.ts";

/** Where a server is, and who calls. */
export interface ClientOptions {
  /** The HTTP address, for example `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The gRPC address, for example `http://127.0.0.1:50051`; needed to push bodies. */
  readonly grpcUrl?: string;
  /** An API key or a JWT; sent as a bearer token with every call. */
  readonly apiKey?: string | undefined;
  /** The tenant to act in, for callers who belong to several. */
  readonly tenant?: string | undefined;
}

/** The opened ways to a server. */
export interface Transports {
  readonly connect: Transport;
  readonly grpc: Transport | undefined;
}

/** Opens both ways; nothing is sent before the first call. */
export function openTransports(options: ClientOptions): Transports {
  const interceptors = [addressing, introducing(options)];
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

/** Has the error of a call that could not begin tell where the server was looked for. */
const addressing: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (cause) {
    throw withAddress(cause, request.url);
  }
};

/** Says with every call who calls. */
function introducing({ apiKey, tenant }: ClientOptions): Interceptor {
  return (next) => (request) => {
    if (apiKey !== undefined) request.header.set("Authorization", `Bearer ${apiKey}`);
    if (tenant !== undefined) request.header.set("Feldera-Tenant", tenant);
    return next(request);
  };
}
