/** JSON bodies: read up to a limit, and parsed. */

import { type IncomingMessage } from "node:http";

import { invalidParam, payloadTooLarge, type ServiceError } from "@tidemark/service";
import { z } from "zod";

import { type JsonValue } from "./service-answers.ts";

const MAX_DEPTH = 128;

/** Reads a request's JSON body; what is no JSON is an error that says where. */
export async function readJson(request: IncomingMessage, maximumBytes: number): Promise<unknown> {
  requireJson(request);
  return parse(utf8(await readBody(request, maximumBytes)));
}

/** Whether a request has a body at all. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return (
    request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")
  );
}

/** Reads a request's JSON body, whatever its content type; undefined where it is empty. */
export async function readAnyJson(
  request: IncomingMessage,
  maximumBytes: number,
): Promise<JsonValue | undefined> {
  refuseContentEncoding(request);
  const text = utf8(await readBody(request, maximumBytes));
  return text === "" ? undefined : jsonValue.parse(parse(text));
}

const jsonValue: z.ZodType<JsonValue> = z.json();

/** Refuses a body that is encoded in a way that is not undone here. */
export function refuseContentEncoding(request: IncomingMessage): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw invalidParam(`content encoding '${encoding}' is not supported; send the body as it is`);
  }
}

/** The body's bytes as they come; giving up on them leaves the connection usable. */
export function bodyChunks(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}

function requireJson(request: IncomingMessage): void {
  refuseContentEncoding(request);
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/json" || type?.endsWith("+json") === true) return;
  throw invalidParam(
    `the body must have content type 'application/json', not ${type === undefined ? "none" : `'${type}'`}`,
  );
}

async function readBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maximumBytes) throw payloadTooLarge(maximumBytes, announced);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyChunks(request)) {
    size += chunk.byteLength;
    if (size > maximumBytes) throw payloadTooLarge(maximumBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidParam("the body is not UTF-8");
  }
}

function parse(text: string): unknown {
  requireShallow(text);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw malformed(text, error);
  }
}

function malformed(text: string, error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("line ")) return invalidParam(`the body is not valid JSON: ${message}`);
  const lines = text.split("\n");
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return invalidParam(
    `the body is not valid JSON: ${message} (line ${lines.length} column ${column})`,
  );
}

/** Deeper documents overflow the stack of whatever writes them again. */
function requireShallow(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    if (depth > MAX_DEPTH) {
      throw invalidParam(`the body is nested deeper than ${MAX_DEPTH} levels at offset ${at}`);
    }
  }
}
