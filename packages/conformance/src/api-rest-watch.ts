/** Watches over REST: server-sent events, read as they come. */

import {
  type ApiHeaders,
  type ApiTokenStatus,
  type ApiWatch,
  type ApiWatched,
  type Outcome,
} from "./api-face.ts";

/** How a status and an error are read from their JSON. */
export interface WatchReaders {
  readonly status: (text: string) => ApiTokenStatus;
  readonly refusal: (response: Response, text: string) => Outcome<never>;
}

/** What the events at an address say. */
export function restWatch(url: string, headers: ApiHeaders, read: WatchReaders): ApiWatch {
  const gone = new AbortController();
  const events = incoming(url, { headers, signal: gone.signal }, read);
  return {
    next: async () => {
      const event = await events.next();
      return event.done === true ? undefined : event.value;
    },
    [Symbol.asyncDispose]: async () => {
      gone.abort(new Error("enough"));
      await events.next().catch(() => undefined);
    },
  };
}

async function* incoming(
  url: string,
  init: RequestInit,
  read: WatchReaders,
): AsyncGenerator<Outcome<ApiWatched>, void> {
  const response = await fetch(url, init);
  if (!response.ok) {
    yield read.refusal(response, await response.text());
    return;
  }
  for await (const event of eventsOf(response.body ?? new ReadableStream())) {
    const fields = new Map(event.split("\n").map(fieldOf));
    const data = fields.get("data") ?? "";
    if (fields.get("event") === "error") throw new Error(`the watch ended: ${data}`);
    const whole: unknown = JSON.parse(data);
    yield { kind: "value", value: { status: read.status(data), whole } };
  }
}

/** Events as they come; comments, which only keep the connection, are none. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    yield* events.filter((event) => !event.startsWith(":"));
  }
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const at = line.indexOf(": ");
  return [line.slice(0, at), line.slice(at + 2)];
}
