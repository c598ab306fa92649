import { join } from "node:path";

import {
  apiAgreementSuite,
  type ApiFace,
  apiSuite,
  apiWaitersSuite,
  connectFace,
  grpcFace,
  restFace,
} from "@tidemark/conformance";
import { afterAll, beforeAll } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";

const PROTO = join(import.meta.dirname, "..", "..", "..", "proto");

let server: InProcessServer;
let narrow: InProcessServer;
let faces: Faces;
let narrowFaces: Faces;

interface Faces {
  readonly rest: ApiFace;
  readonly grpc: ApiFace;
  readonly connect: ApiFace;
}

function facesOf({ http, grpc }: InProcessServer): Faces {
  return { rest: restFace(http), grpc: grpcFace(grpc, PROTO), connect: connectFace(http) };
}

beforeAll(async () => {
  server = await inProcessServer();
  narrow = await inProcessServer({ maxWaiters: "2" });
  faces = facesOf(server);
  narrowFaces = facesOf(narrow);
});
afterAll(async () => {
  for (const face of [...Object.values(faces), ...Object.values(narrowFaces)]) {
    await face[Symbol.asyncDispose]();
  }
  await server[Symbol.asyncDispose]();
  await narrow[Symbol.asyncDispose]();
});

apiSuite("REST", () => faces.rest);
apiSuite("gRPC", () => faces.grpc);
apiSuite("Connect", () => faces.connect);
apiAgreementSuite(() => ({ ...faces }));
apiWaitersSuite("REST", () => narrowFaces.rest);
apiWaitersSuite("gRPC", () => narrowFaces.grpc);
apiWaitersSuite("Connect", () => narrowFaces.connect);
