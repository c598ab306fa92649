/** Binds methods to a native gRPC server. */

import { type DescMessage, type DescMethod, type MessageShape } from "@bufbuild/protobuf";
import {
  type sendUnaryData,
  type Server,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";

import { admit } from "../admit.ts";
import { type Binder, type ClientStream, type ServerStream, type Unary } from "../binder.ts";
import { failureOf } from "../failure.ts";
import { type RpcOptions } from "../rpc-options.ts";
import { type GrpcCall, GrpcCallContext } from "./call-context.ts";
import { asBytes, decode, encode } from "./codec.ts";
import { statusOf } from "./status.ts";

type Ports = Pick<RpcOptions, "authenticate" | "log">;

/** Where a call arrives: the method, and what all methods share. */
interface Door extends Ports {
  readonly method: DescMethod;
}

/** A binder that registers each method with the server. */
export function grpcBinder(server: Server, ports: Ports): Binder {
  return {
    unary(method, run) {
      const door = { ...ports, method };
      const handle = (
        call: ServerUnaryCall<Buffer, Buffer>,
        callback: sendUnaryData<Buffer>,
      ): void => {
        void answer(door, call, callback, (context) => unary(method, run, call.request, context));
      };
      server.register(path(method), handle, asBytes, asBytes, "unary");
    },
    clientStream(method, run) {
      const door = { ...ports, method };
      const handle = (
        call: ServerReadableStream<Buffer, Buffer>,
        callback: sendUnaryData<Buffer>,
      ): void => {
        void answer(door, call, callback, (context) => clientStream(method, run, call, context));
      };
      server.register(path(method), handle, asBytes, asBytes, "clientStream");
    },
    serverStream(method, run) {
      const door = { ...ports, method };
      const handle = (call: ServerWritableStream<Buffer, Buffer>): void => {
        void stream(door, call, (context) => answers(method, run, call.request, context));
      };
      server.register(path(method), handle, asBytes, asBytes, "serverStream");
    },
  };
}

function path(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

async function open(door: Door, call: GrpcCall): Promise<GrpcCallContext> {
  const given = (name: string): string | undefined => call.metadata.get(name)[0]?.toString();
  return new GrpcCallContext(await admit(door, door.method, given), call);
}

async function answer(
  door: Door,
  call: GrpcCall,
  callback: sendUnaryData<Buffer>,
  run: (context: GrpcCallContext) => Promise<Buffer>,
): Promise<void> {
  try {
    const context = await open(door, call);
    const bytes = await run(context);
    context.settle();
    callback(null, bytes);
  } catch (fault) {
    if (!call.cancelled) callback(statusOf(failureOf(fault, door.log)));
  }
}

async function unary<I extends DescMessage, O extends DescMessage>(
  method: { readonly input: I; readonly output: O },
  run: Unary<I, O>,
  request: Buffer,
  context: GrpcCallContext,
): Promise<Buffer> {
  return encode(method.output, await run(decode(method.input, request), context));
}

async function clientStream<I extends DescMessage, O extends DescMessage>(
  method: { readonly input: I; readonly output: O },
  run: ClientStream<I, O>,
  call: ServerReadableStream<Buffer, Buffer>,
  context: GrpcCallContext,
): Promise<Buffer> {
  return encode(method.output, await run(requests(method.input, call), context));
}

/** The messages as they are pulled. */
async function* requests<I extends DescMessage>(
  schema: I,
  call: ServerReadableStream<Buffer, Buffer>,
): AsyncIterable<MessageShape<I>> {
  const messages: AsyncIterable<Buffer> = call;
  for await (const bytes of messages) yield decode(schema, bytes);
}

async function* answers<I extends DescMessage, O extends DescMessage>(
  method: { readonly input: I; readonly output: O },
  run: ServerStream<I, O>,
  request: Buffer,
  context: GrpcCallContext,
): AsyncIterable<Buffer> {
  for await (const message of run(decode(method.input, request), context)) {
    yield encode(method.output, message);
  }
}

async function stream(
  door: Door,
  call: ServerWritableStream<Buffer, Buffer>,
  run: (context: GrpcCallContext) => AsyncIterable<Buffer>,
): Promise<void> {
  try {
    const context = await open(door, call);
    for await (const bytes of run(context)) {
      if (call.cancelled) return;
      if (!call.write(bytes)) await roomIn(call);
    }
    context.settle();
    call.end();
  } catch (fault) {
    if (!call.cancelled) call.emit("error", statusOf(failureOf(fault, door.log)));
  }
}

/** Resolves once the caller has taken what was written, or has gone. */
function roomIn(call: ServerWritableStream<Buffer, Buffer>): Promise<void> {
  if (call.cancelled) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    call.off("drain", done);
    call.off("cancelled", done);
    resolve();
  };
  call.on("drain", done);
  call.on("cancelled", done);
  return promise;
}
