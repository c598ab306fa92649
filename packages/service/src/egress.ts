/** Subscribing to the changes of a table or view. */

import {
  ConfigError,
  type EgressChunk,
  PipelineClosedError,
  PushLimitError,
  type RunningPipeline,
  type Subscribe,
  type Subscription,
  SubscriptionError,
  UnknownRelationError,
} from "@tidemark/connector";

import { egressSettings } from "./egress-settings.ts";
import { invalidTransportConfig, unknownOutputStream } from "./errors/config.ts";
import {
  apiConnectionLimit,
  pipelineDisconnected,
  subscriptionFailed,
  terminating,
} from "./errors/interaction.ts";
import { invalidParam } from "./errors/token.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type Subscribed, type SubscribeRequest } from "./service.ts";

/** Subscribes; what goes wrong before or while its chunks are read is told in the service's words. */
export async function subscribe(
  host: PipelineHost,
  request: SubscribeRequest,
  signal: AbortSignal,
): Promise<Subscribed> {
  const running = host.ours("a subscription");
  const settings = egressSettings(request.settings);
  const { relation } = request;
  const { afterStep, chunks } = await begin(running, { relation, ...settings, signal }, (error) =>
    told(error, host, running, request),
  );
  const format = settings.format.name;
  return { format, afterStep, chunks: telling(chunks, (error) => during(error, request, signal)) };
}

async function begin(
  running: RunningPipeline,
  asked: Subscribe,
  tell: (error: unknown) => unknown,
): Promise<Subscription> {
  try {
    return await running.subscribe(asked);
  } catch (error) {
    throw tell(error);
  }
}

function told(
  error: unknown,
  host: PipelineHost,
  running: RunningPipeline,
  { pipeline, relation }: SubscribeRequest,
): unknown {
  const endpoint = `${relation}.api-egress`;
  if (error instanceof UnknownRelationError) return unknownOutputStream(endpoint, error.relation);
  if (error instanceof ConfigError) {
    const isRelation = error.field === "send_snapshot" || error.field === "table_name";
    return isRelation
      ? invalidTransportConfig(endpoint, error.message)
      : invalidParam(error.message);
  }
  if (error instanceof PushLimitError) return apiConnectionLimit();
  if (error instanceof PipelineClosedError) return terminating();
  return host.running === running ? error : pipelineDisconnected(pipeline, `/egress/${relation}`);
}

/** Whatever else ends a stream before its end, the pipeline has gone. */
function during(
  error: unknown,
  { pipeline, relation }: SubscribeRequest,
  signal: AbortSignal,
): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof SubscriptionError
    ? subscriptionFailed(relation, error)
    : pipelineDisconnected(pipeline, `/egress/${relation}`);
}

/** The chunks, with faults as `tell` says; a reader that returns has left at once. */
function telling(
  chunks: AsyncIterable<EgressChunk>,
  tell: (error: unknown) => unknown,
): AsyncIterable<EgressChunk> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = chunks[Symbol.asyncIterator]();
      return {
        next: () =>
          iterator.next().catch((error: unknown) => {
            throw tell(error);
          }),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
