/** Subscriptions: the changes of a table or view, step by step. */

import { EgressService } from "@tidemark/api";
import { createClient, type Transport } from "@connectrpc/connect";

import { tidemarkError } from "./tidemark-error.ts";
import { type CallOptions } from "./tokens.ts";

/** What is subscribed to, and how. */
export interface SubscribeOptions extends CallOptions {
  readonly pipeline: string;
  /** A table or view, as SQL spells it. */
  readonly relation: string;
  /** `json` (arrays of events) where absent. */
  readonly format?: "json" | "csv";
  /** Parameters of the format, as the query string of REST takes them. */
  readonly formatParameters?: Readonly<Record<string, string>>;
  /** Hold up the pipeline rather than lose chunks where this reader does not keep up. */
  readonly backpressure?: boolean;
  /** All rows first, as they are after the last step; materialized relations only. */
  readonly sendSnapshot?: boolean;
}

/** What a subscriber gets: first that it has begun, then chunks. */
export type SubscriptionEvent =
  | {
      readonly kind: "begun";
      /** The step that it begins after, which its snapshot shows. */
      readonly afterStep: bigint;
    }
  | {
      readonly kind: "chunk";
      /** Counts all chunks from 0; one that is missing was dropped. */
      readonly sequenceNumber: bigint;
      readonly snapshot: boolean;
      /** The step that made the changes, or that the snapshot shows. */
      readonly step: bigint;
      /** Whether it is the last of its step, or of the snapshot. */
      readonly endOfStep: boolean;
      /** Deletes before inserts, each sorted; absent where nothing happened for a while. */
      readonly data: string | undefined;
    };

/**
 * Subscribes; ends with the pipeline, by leaving the loop or by the signal.
 *
 * @example
 * for await (const event of tidemark.subscribe({ pipeline: "p", relation: "totals" })) {
 *   if (event.kind === "chunk" && event.data !== undefined) console.log(JSON.parse(event.data));
 * }
 */
export type SubscribeCall = (options: SubscribeOptions) => AsyncIterable<SubscriptionEvent>;

/** The call that subscribes over a transport. */
export function subscribeCall(transport: Transport): SubscribeCall {
  const client = createClient(EgressService, transport);
  return async function* subscribe({ signal, ...options }) {
    const decoder = new TextDecoder();
    const request = { ...options, formatParameters: { ...options.formatParameters } };
    try {
      for await (const { event } of client.subscribe(request, signal ? { signal } : {})) {
        if (event.case === "begun") {
          yield { kind: "begun", afterStep: event.value.afterStep } as const;
        } else if (event.case === "chunk") {
          const { sequenceNumber, snapshot, step, endOfStep, data } = event.value;
          const text = data === undefined ? undefined : decoder.decode(data);
          yield { kind: "chunk", sequenceNumber, snapshot, step, endOfStep, data: text } as const;
        }
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw tidemarkError(cause);
    }
  };
}
