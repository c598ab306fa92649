import { join } from "node:path";

import {
  apiAgreementSuite,
  type ApiFace,
  apiSuite,
  connectFace,
  grpcFace,
  restFace,
} from "@tidemark/conformance";
import { afterAll, beforeAll } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";

const PROTO = join(import.meta.dirname, "..", "..", "..", "proto");

let server: InProcessServer;
let faces: { readonly rest: ApiFace; readonly grpc: ApiFace; readonly connect: ApiFace };

beforeAll(async () => {
  server = await inProcessServer();
  faces = {
    rest: restFace(server.http),
    grpc: grpcFace(server.grpc, PROTO),
    connect: connectFace(server.http),
  };
});
afterAll(async () => {
  for (const face of Object.values(faces)) await face[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

apiSuite("REST", () => faces.rest);
apiSuite("gRPC", () => faces.grpc);
apiSuite("Connect", () => faces.connect);
apiAgreementSuite(() => faces);
