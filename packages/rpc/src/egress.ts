/** Subscriptions over RPC: first that it has begun, then its chunks as they come. */

import { EgressService, type SubscribeRequest } from "@tidemark/api";
import { type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";

/** Binds the method that subscribes. */
export function bindEgress(binder: Binder, service: Pick<Service, "subscribe">): void {
  const { method } = EgressService;
  binder.serverStream(method.subscribe, async function* subscribe(request, { caller, signal }) {
    const asked = settingsOf(request);
    const { afterStep, chunks } = await service.subscribe(caller, asked, { signal });
    yield { event: { case: "begun" as const, value: { afterStep } } };
    for await (const { sequenceNumber, data, ...chunk } of chunks) {
      const value = { ...chunk, sequenceNumber: BigInt(sequenceNumber) };
      yield {
        event: { case: "chunk" as const, value: data === undefined ? value : { ...value, data } },
      };
    }
  });
}

function settingsOf(request: SubscribeRequest): Parameters<Service["subscribe"]>[1] {
  const { pipeline, relation, backpressure, sendSnapshot } = request;
  const format = { name: request.format || "json", config: request.formatParameters };
  return {
    pipeline,
    relation,
    settings: { kind: "simple", format, backpressure, sendSnapshot },
  };
}
