/** The context of a native gRPC call, which makes its signal only where somebody asks for it. */

import { type ServerUnaryCall } from "@grpc/grpc-js";
import { type Caller } from "@tidemark/service";

import { type CallContext } from "../binder.ts";

/** What calls of every kind have. */
export type GrpcCall = Pick<ServerUnaryCall<Buffer, Buffer>, "cancelled" | "metadata"> & {
  on(event: "cancelled", listener: () => void): unknown;
};

/** One native gRPC call. */
export class GrpcCallContext implements CallContext {
  readonly caller: Caller;
  readonly #call: GrpcCall;
  #controller: AbortController | undefined;
  #settled = false;

  constructor(caller: Caller, call: GrpcCall) {
    this.caller = caller;
    this.#call = call;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#watched();
    return this.#controller.signal;
  }

  /** The call has its answer: that it ends now is no reason to abort. */
  settle(): void {
    this.#settled = true;
  }

  #watched(): AbortController {
    const controller = new AbortController();
    const abort = (): void => {
      if (!this.#settled) controller.abort(new Error("the caller has given up"));
    };
    if (this.#call.cancelled) abort();
    else this.#call.on("cancelled", abort);
    return controller;
  }
}
