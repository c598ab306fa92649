/** Binds methods to the Connect and gRPC-Web protocols. */

import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  isMessage,
  type Message,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type ConnectRouter, type HandlerContext } from "@connectrpc/connect";

import { admit } from "../admit.ts";
import { type Binder, type CallContext } from "../binder.ts";
import { failureOf } from "../failure.ts";
import { type RpcOptions } from "../rpc-options.ts";
import { connectErrorOf } from "./connect-error.ts";

type Ports = Pick<RpcOptions, "authenticate" | "log">;

/** A binder that routes each method. */
export function connectBinder(router: ConnectRouter, ports: Ports): Binder {
  return {
    unary(method, run) {
      const answer = async (request: Message, handler: HandlerContext): Promise<Message> => {
        try {
          const context = await open(ports, method, handler);
          return create(method.output, await run(given(method.input, request), context));
        } catch (fault) {
          throw told(fault, handler, ports);
        }
      };
      router.rpc<DescMethodUnary>(method, answer);
    },
    clientStream(method, run) {
      const answer = async (
        requests: AsyncIterable<Message>,
        handler: HandlerContext,
      ): Promise<Message> => {
        try {
          const context = await open(ports, method, handler);
          return create(method.output, await run(allGiven(method.input, requests), context));
        } catch (fault) {
          throw told(fault, handler, ports);
        }
      };
      router.rpc<DescMethodClientStreaming>(method, answer);
    },
    serverStream(method, run) {
      async function* answers(request: Message, handler: HandlerContext): AsyncIterable<Message> {
        try {
          const context = await open(ports, method, handler);
          for await (const answer of run(given(method.input, request), context)) {
            yield create(method.output, answer);
          }
        } catch (fault) {
          throw told(fault, handler, ports);
        }
      }
      router.rpc<DescMethodServerStreaming>(method, answers);
    },
  };
}

async function open(
  ports: Ports,
  method: DescMethod,
  { requestHeader, signal }: HandlerContext,
): Promise<CallContext> {
  const header = (name: string): string | undefined => requestHeader.get(name) ?? undefined;
  return { caller: await admit(ports, method, header), signal };
}

/** The error of a call; a call that has been given up ends with the reason of that. */
function told(fault: unknown, { signal }: HandlerContext, ports: Ports): unknown {
  if (signal.aborted) return signal.reason;
  return connectErrorOf(failureOf(fault, ports.log));
}

function given<I extends DescMessage>(schema: I, request: Message): MessageShape<I> {
  if (isMessage(request, schema)) return request;
  throw new TypeError(`expected a ${schema.typeName}, got a ${request.$typeName}`);
}

async function* allGiven<I extends DescMessage>(
  schema: I,
  requests: AsyncIterable<Message>,
): AsyncIterable<MessageShape<I>> {
  for await (const request of requests) yield given(schema, request);
}
