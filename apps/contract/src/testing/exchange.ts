/** One request and its answer, as they are on the wire. */

import { request } from "node:http";

import { type OddRequest } from "./odd-requests.ts";

/** What came back. */
export interface Exchanged {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Empty where the answer was not read to its end. */
  readonly body: string;
}

/** How long an answer may take. */
export interface Patience {
  /** Gives up once it aborts; the connection is cut then. */
  readonly signal: AbortSignal;
  /** Whether the answer goes on for ever, and only its head is read. */
  readonly headOnly: boolean;
}

/** Sends a request on a connection of its own; rejects where there is no answer. */
export function exchange(
  port: number,
  { method, target, headers, body }: OddRequest,
  { signal, headOnly }: Patience,
): Promise<Exchanged> {
  const answered = Promise.withResolvers<Exchanged>();
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const sent = request(
    {
      host: "127.0.0.1",
      port,
      method,
      path: target,
      headers: { ...headers, ...length },
      agent: false,
      signal,
    },
    (response) => {
      const chunks: Uint8Array[] = [];
      const finish = (): void => {
        answered.resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"],
          body: Buffer.concat(chunks).toString(),
        });
      };
      if (headOnly && response.statusCode === 200) {
        finish();
        response.destroy();
        return;
      }
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("end", finish);
      response.on("error", answered.reject);
    },
  );
  sent.on("error", answered.reject);
  sent.end(body);
  return answered.promise;
}
