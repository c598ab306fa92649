/** Issuing a token over the wire, against servers that answer the same bytes without any work. */

import { create, toBinary } from "@bufbuild/protobuf";
import { GenerateTokenRequestSchema, GenerateTokenResponseSchema } from "@tidemark/api";

import { type Call, cpuPerCall, getCall, grpcCall } from "./load.ts";
import { type MeasuredServer, startMeasured } from "./measured-server.ts";
import { type Row, sideBySide } from "./row.ts";
import { answered, PIPELINE } from "./tidemark.ts";

const METHOD = "/tidemark.v1.CompletionService/GenerateToken";
const PATH = `/v0/pipelines/${PIPELINE}/tables/flights/connectors/rows/completion_token`;
const ROUNDS = 5;

/** Server CPU time a call, over gRPC and over REST. */
export async function measureCalls(): Promise<readonly Row[]> {
  await using ours = await startMeasured("serve-tidemark.ts");
  const http = ours.ports["http"] ?? 0;
  const reply = await answered(fetch(`http://127.0.0.1:${http}${PATH}`));
  return [await measureGrpc(ours, reply), await measureRest(ours, reply)];
}

async function measureGrpc(ours: MeasuredServer, reply: string): Promise<Row> {
  const token = /"token":"([^"]+)"/.exec(reply)?.[1] ?? "";
  const bytes = toBinary(
    GenerateTokenResponseSchema,
    create(GenerateTokenResponseSchema, { token }),
  );
  await using echo = await startMeasured("echo-grpc.ts", Buffer.from(bytes).toString("base64"));
  const asked = toBinary(
    GenerateTokenRequestSchema,
    create(GenerateTokenRequestSchema, { pipeline: PIPELINE, table: "flights", connector: "rows" }),
  );
  using call = grpcCall(ours.ports["grpc"] ?? 0, METHOD, asked);
  using reference = grpcCall(echo.ports["port"] ?? 0, METHOD, asked);
  return await compare("issue a token over gRPC", [ours, call], ["grpc-js echo", echo, reference]);
}

async function measureRest(ours: MeasuredServer, reply: string): Promise<Row> {
  await using echo = await startMeasured("echo-rest.ts", reply);
  using call = getCall(ours.ports["http"] ?? 0, PATH);
  using reference = getCall(echo.ports["port"] ?? 0, PATH);
  return await compare("issue a token over REST", [ours, call], ["Koa echo", echo, reference]);
}

async function compare(
  name: string,
  [ours, call]: readonly [MeasuredServer, Call],
  [other, echo, reference]: readonly [string, MeasuredServer, Call],
): Promise<Row> {
  // One round each that does not count, so that both are compiled and connected.
  await cpuPerCall(ours, call);
  await cpuPerCall(echo, reference);
  const both = await sideBySide(
    ROUNDS,
    () => cpuPerCall(ours, call),
    () => cpuPerCall(echo, reference),
  );
  return {
    name,
    ours: `${both.ours.toFixed(0)} µs of CPU a call`,
    reference: `${both.reference.toFixed(0)} µs (${other}, fixed reply)`,
    ratio: both.ours / both.reference,
    aim: "at most 1.3",
  };
}
