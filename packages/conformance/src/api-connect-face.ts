/** The Connect face: JSON by `fetch`, as a browser or `curl` would speak it. */

import { z } from "zod";

import { errorInfo } from "./api-error-info.ts";
import { type ApiError, type ApiFace, type ApiHeaders, type Outcome } from "./api-face.ts";
import { type RpcCarrier, rpcFace } from "./api-rpc-face.ts";

/** Speaks the Connect protocol to the server at an address such as `http://127.0.0.1:8080`. */
export function connectFace(baseUrl: string, headers: ApiHeaders = {}): ApiFace {
  const to = (service: string, method: string): Target => ({
    url: `${baseUrl}/${service}/${method}`,
    headers,
  });
  const carrier: RpcCarrier = {
    unary: (service, method, request) => unary(to(service, method), request),
    stream: (service, method, request) => stream(to(service, method), request),
    open: (service, method, request) => open(to(service, method), request),
    push: (header, body) =>
      unary(to("tidemark.v1.IngestService", "IngestOnce"), {
        header,
        data: Buffer.from(body).toString("base64"),
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return rpcFace(carrier);
}

/** A method, and what is sent with every call of it. */
interface Target {
  readonly url: string;
  readonly headers: ApiHeaders;
}

async function unary(at: Target, request: object): Promise<Outcome<unknown>> {
  const response = await post(at, "application/json", JSON.stringify(jsonOf(request)));
  const value: unknown = await response.json();
  return response.ok ? { kind: "value", value } : { kind: "error", error: readError(value) };
}

async function stream(at: Target, request: object): Promise<Outcome<readonly unknown[]>> {
  const body = enveloped(JSON.stringify(jsonOf(request)));
  const response = await post(at, "application/connect+json", body);
  const messages: unknown[] = [];
  for (const { last, value } of frames(Buffer.from(await response.arrayBuffer()))) {
    if (!last) messages.push(value);
    else if (Object.hasOwn(value, "error")) {
      return { kind: "error", error: readError(Reflect.get(value, "error")) };
    }
  }
  return { kind: "value", value: messages };
}

function open(at: Target, request: object): ReturnType<RpcCarrier["open"]> {
  const gone = new AbortController();
  return {
    messages: incoming(at, request, gone.signal),
    close: () => gone.abort(new Error("enough")),
  };
}

async function* incoming(
  at: Target,
  request: object,
  signal: AbortSignal,
): AsyncGenerator<Outcome<unknown>> {
  const body = enveloped(JSON.stringify(jsonOf(request)));
  const response = await post(at, "application/connect+json", body, signal);
  let rest = Buffer.alloc(0);
  for await (const bytes of response.body ?? []) {
    rest = Buffer.concat([rest, bytes]);
    const whole = wholeFrames(rest);
    for (const { last, value } of frames(rest.subarray(0, whole))) {
      if (!last) yield { kind: "value", value };
      else if (Object.hasOwn(value, "error")) {
        yield { kind: "error", error: readError(Reflect.get(value, "error")) };
      }
    }
    rest = rest.subarray(whole);
  }
}

/** How many of the bytes are whole frames. */
function wholeFrames(bytes: Buffer): number {
  let at = 0;
  while (at + 5 <= bytes.length) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    at = end;
  }
  return at;
}

function post(
  { url, headers: given }: Target,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = { ...given, "content-type": type, "connect-protocol-version": "1" };
  return fetch(url, { method: "POST", body, headers, signal: signal ?? null });
}

/** Proto JSON writes a duration as text. */
function jsonOf(request: object): object {
  const fields = Object.entries(request).map(([name, value]: [string, unknown]) => {
    const { success, data } = z.strictObject({ seconds: z.number() }).safeParse(value);
    if (success) return [name, `${data.seconds}s`];
    const isMessage = typeof value === "object" && value !== null && !Array.isArray(value);
    return [name, isMessage ? jsonOf(value) : value];
  });
  return Object.fromEntries(fields);
}

function enveloped(text: string): Uint8Array<ArrayBuffer> {
  const message = new TextEncoder().encode(text);
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

function* frames(bytes: Buffer): Iterable<{ readonly last: boolean; readonly value: object }> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const value: unknown = JSON.parse(bytes.subarray(at + 5, end).toString());
    yield { last: (bytes.readUInt8(at) & 2) !== 0, value: Object(value) };
    at = end;
  }
}

const ERROR = z.object({
  message: z.string().default(""),
  details: z.array(z.object({ type: z.string(), value: z.string() })).default([]),
});

function readError(value: unknown): ApiError {
  const { message, details } = ERROR.parse(value);
  const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
  if (info === undefined) throw new Error(`an error must carry google.rpc.ErrorInfo: ${message}`);
  return { ...errorInfo(Buffer.from(info.value, "base64")), message };
}
