/** A token's status as server-sent events: what remains, whenever it has changed. */

import { REASONS, type Service, type TokenStatus } from "@tidemark/service";
import { z } from "zod";

import { type Answer } from "./answer.ts";
import { asServiceError, envelope } from "./envelope.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { optionalText, text } from "./params.ts";
import { eventText, keptAlive } from "./server-sent-events.ts";
import { NOT_STORED, statusJson } from "./status-json.ts";

/** How event streams are kept. */
export interface EventLimits {
  /** After so long without an event a comment is sent. */
  readonly keepAliveMs: number;
}

/** The id of an event after which there is nothing to come back for. */
const LAST_ID = "end";
const RETRY_MS = 1000;

/** The operation that follows a token. */
export function followStatus(
  service: Service,
  { keepAliveMs }: EventLimits,
  log: (requestId: string, error: unknown) => void,
): Operation {
  return operation({
    id: "completion_status_events",
    method: "GET",
    path: "/v0/pipelines/{pipeline_name}/completion_status/events",
    role: "read",
    access: "gated",
    tag: "Input Connectors",
    summary: "Follow a completion token",
    description:
      "Server-sent events: `status` now and whenever it has changed, conflated, with what remains; then `complete`, or `error` with the error as its data. Their data is what `completion_status` answers. What goes wrong before the first event is answered as an error. An `EventSource` comes back where the connection broke or the error may pass; after the end it is answered 204, which keeps it from that.",
    takes: {
      query: z.object({ token: text("The token.") }),
      headers: z.object({
        "Last-Event-ID": optionalText("What the client has seen before its connection broke."),
      }),
    },
    answers: {
      200: {
        description: "The events.",
        streams: { "text/event-stream": "Events `status`, `complete` and `error`." },
      },
      204: { description: "The client has seen the end." },
    },
    errors: [
      "PipelineRestarted",
      "UnknownEndpointInCompletionToken",
      "CompletionTokenLost",
      "TooManyWaiters",
    ],
    async run(call, { query: { token }, headers }) {
      if (headers["Last-Event-ID"] === LAST_ID) return { status: 204, headers: {}, body: "" };
      const { caller, signal } = call;
      const statuses = service.tokens.watch(caller, call.param("pipeline_name"), token, { signal });
      const iterator = statuses[Symbol.asyncIterator]();
      const first = await iterator.next();
      return streamed(keptAlive(events(first, iterator, { call, log }), keepAliveMs));
    },
  });
}

function streamed(body: AsyncIterable<string>): Answer {
  // The last one keeps nginx from holding events back.
  const headers = { ...NOT_STORED, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" };
  return { status: 200, headers, body };
}

async function* events(
  first: IteratorResult<TokenStatus>,
  rest: AsyncIterator<TokenStatus>,
  at: { readonly call: Call; readonly log: (requestId: string, error: unknown) => void },
): AsyncGenerator<string, void, undefined> {
  try {
    let result = first;
    for (let count = 1; result.done !== true; count += 1) {
      yield statusEvent(result.value, count);
      result = await rest.next();
    }
  } catch (fault) {
    // A client that has gone reads no error.
    if (!at.call.signal.aborted) yield errorEvent(fault, at);
  } finally {
    await rest.return?.();
  }
}

function statusEvent(status: TokenStatus, count: number): string {
  const data = JSON.stringify(statusJson(status));
  if (status.status === "complete") return eventText({ event: "complete", id: LAST_ID, data });
  const retry = count === 1 ? { retryMs: RETRY_MS } : {};
  return eventText({ event: "status", id: String(count), data, ...retry });
}

/** An error that may pass has the client come back for more. */
function errorEvent(
  fault: unknown,
  { call, log }: { readonly call: Call; readonly log: (requestId: string, error: unknown) => void },
): string {
  const error = asServiceError(fault);
  if (error.reason === "InternalError") log(call.requestId, error.cause ?? error);
  const { body } = envelope(error, call.requestId);
  const { http, retryAfterSeconds } = REASONS[error.reason];
  const data = typeof body === "string" ? body : "{}";
  if (http < 500) return eventText({ event: "error", id: LAST_ID, data });
  const retryMs = retryAfterSeconds === undefined ? RETRY_MS : retryAfterSeconds * 1000;
  return eventText({ event: "error", id: "error", data, retryMs });
}
