/** Load: a fixed number of calls kept under way, and what each cost the server in CPU time. */

import { Agent, request } from "node:http";

import { Client, credentials } from "@grpc/grpc-js";

import { type MeasuredServer } from "./measured-server.ts";

const UNDER_WAY = 32;
const CALLS = 8000;

/** One call. */
export type Call = () => Promise<void>;

/** Makes calls, so many under way at a time; answers the server's CPU microseconds a call. */
export async function cpuPerCall(server: MeasuredServer, call: Call): Promise<number> {
  const before = await server.cpuMicroseconds();
  let left = CALLS;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  return ((await server.cpuMicroseconds()) - before) / CALLS;
}

/** A unary gRPC call with ready bytes. */
export function grpcCall(port: number, path: string, body: Uint8Array): Call & Disposable {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const bytes = Buffer.from(body);
  const call: Call = () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
        (error) => (error === null ? resolve() : reject(error)),
      );
    });
  return Object.assign(call, { [Symbol.dispose]: () => client.close() });
}

/** A GET over a kept connection. */
export function getCall(port: number, path: string): Call & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: UNDER_WAY });
  const call: Call = () =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, agent }, (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
        );
      });
      sent.on("error", reject);
      sent.end();
    });
  return Object.assign(call, { [Symbol.dispose]: () => agent.destroy() });
}
