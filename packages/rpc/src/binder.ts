/** Binding: how the implementations of the API's methods meet the protocols that carry them. */

import {
  type DescMessage,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Caller } from "@tidemark/service";

/** One call, as implementations see it. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborts when the caller has gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** Takes one request and gives one answer. */
export type Unary<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => Promise<MessageInitShape<O>>;

/** Takes one request and gives answers as long as the caller pulls them. */
export type ServerStream<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<O>>;

/** Pulls requests and gives one answer; a caller that has gone may look like the end of its requests. */
export type ClientStream<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: CallContext,
) => Promise<MessageInitShape<O>>;

/** A protocol that methods are bound to, each once. */
export interface Binder {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    run: Unary<I, O>,
  ): void;
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    run: ServerStream<I, O>,
  ): void;
  clientStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodClientStreaming<I, O>,
    run: ClientStream<I, O>,
  ): void;
}
