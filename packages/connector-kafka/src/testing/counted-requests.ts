/** Counts the requests that are made to brokers: nothing else may talk to Kafka meanwhile. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { connectionsApiChannel, protocolAPIsById } from "@platformatic/kafka";

/** The names of the requests that an act makes, in order. */
export async function requestsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const names: string[] = [];
  const note = (event: unknown): void => {
    const key = typeof event === "object" && event !== null && "apiKey" in event ? event.apiKey : 0;
    names.push(protocolAPIsById[Number(key)] ?? String(key));
  };
  const channel = `tracing:${connectionsApiChannel.name}:start`;
  subscribe(channel, note);
  try {
    await act();
  } finally {
    unsubscribe(channel, note);
  }
  return names;
}
