/** Both servers of the API on real sockets, for tests. */

import { createServer } from "node:http";

import {
  type Caller,
  type Credentials,
  type Service,
  authenticationFailed,
} from "@tidemark/service";

import { connectHandler } from "../connect/connect-handler.ts";
import { createGrpcServer, type GrpcServer } from "../grpc/grpc-server.ts";
import { type RpcFault } from "../rpc-options.ts";
import { QUERY_WRITERS } from "./query-writers.ts";
import { fakeService, type Given } from "./fake-service.ts";

/** What calls come from where nobody says who calls. */
const CALLER: Caller = { tenant: "default", role: "admin" };

/** The servers. */
export interface Served extends AsyncDisposable {
  /** Where the native server is, as `host:port`. */
  readonly grpcAddress: string;
  readonly httpUrl: string;
  readonly httpPort: number;
  readonly grpc: GrpcServer;
  readonly service: Service;
  /** What was logged so far. */
  readonly faults: readonly RpcFault[];
}

/** Serves a service that behaves as given; `Bearer wrong` is refused. */
export async function serve(given: Given, caller: Caller = CALLER): Promise<Served> {
  const service = fakeService(given);
  const faults: RpcFault[] = [];
  const options = {
    service,
    authenticate: ({ authorization }: Credentials) =>
      authorization === "Bearer wrong"
        ? Promise.reject(authenticationFailed("Unauthorized API key"))
        : Promise.resolve(caller),
    queryWriters: QUERY_WRITERS,
    log: (fault: RpcFault) => faults.push(fault),
  };
  const grpc = createGrpcServer(options);
  const grpcPort = await grpc.start("127.0.0.1:0");
  const connect = connectHandler(options);
  const http = createServer((request, response) => connect.listener(request, response));
  const listening = Promise.withResolvers<void>();
  http.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const bound = http.address();
  if (bound === null || typeof bound === "string") throw new TypeError("there is no port");
  return {
    grpcAddress: `127.0.0.1:${grpcPort}`,
    httpUrl: `http://127.0.0.1:${bound.port}`,
    httpPort: bound.port,
    grpc,
    service,
    faults,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      http.close(() => closed.resolve());
      http.closeAllConnections();
      await Promise.all([closed.promise, grpc[Symbol.asyncDispose]()]);
    },
  };
}
