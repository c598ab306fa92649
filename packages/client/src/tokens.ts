/** Tokens: issue, check, wait, watch, join. */

import { setTimeout } from "node:timers/promises";

import {
  Basis,
  type CheckTokensResponse,
  CompletionService,
  TokenMode,
  type TokenStatus as Wire,
} from "@tidemark/api";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";

import { calling, TidemarkError, tidemarkError } from "./tidemark-error.ts";
import {
  fromWire,
  type SeveralStatus,
  severalFromWire,
  type TokenStatus,
  UNSEEN,
} from "./token-status.ts";

/** What a new token is to cover; by default what the pipeline's engine can tell. */
export interface IssueOptions extends CallOptions {
  /** `head` asks the source for its own end. */
  readonly basis?: "received" | "head" | undefined;
  /** What the source answered to a write: the token then covers just that. */
  readonly receipt?: string | undefined;
}

/** An input connector, as SQL and the program spell it. */
export interface ConnectorAddress {
  readonly pipeline: string;
  readonly table: string;
  readonly connector: string;
}

/** How a call can be given up. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** How long to wait, and who is told of what remains. */
export interface WaitOptions extends CallOptions {
  /** Milliseconds; 0 means check now, absent means indefinitely. */
  readonly timeoutMs?: number;
  /**
   * What a server results in that has not answered yet: `retry`, the default, tries again until the
   * time is up; `reject` rejects at once with the reason `Unreachable`. One that has answered and
   * then goes away is tried again either way.
   */
  readonly unreached?: "retry" | "reject";
  readonly onProgress?: (status: TokenStatus) => void;
}

/** What is asked of several tokens. */
export interface SeveralOptions extends CallOptions {
  /** Whether all of them count, which is so unless said otherwise, or any. */
  readonly mode?: "all" | "any";
  /** Milliseconds to wait; absent means not at all. */
  readonly timeoutMs?: number;
}

/** The calls on tokens. */
export interface TokenCalls {
  /** A token for the connector's current position, or for one write to its source. */
  issue(address: ConnectorAddress, options?: IssueOptions): Promise<string>;
  check(pipeline: string, token: string, options?: CallOptions): Promise<TokenStatus>;
  /**
   * Resolves once complete, or with what remains when the time is up. A server, pipeline or source that
   * can't be reached is tried again until then, and is reported as the reason (see `unreached` for a server
   * that never answered); a token that is lost rejects at once, and so does one of a pipeline that was stopped.
   */
  wait(pipeline: string, token: string, options?: WaitOptions): Promise<TokenStatus>;
  /**
   * The status of each of several tokens, and of all (or any) of them together; with `timeoutMs`,
   * after a wait for that. Rejects as for one token where a lost one settles it.
   */
  checkSeveral(
    pipeline: string,
    tokens: readonly string[],
    options?: SeveralOptions,
  ): Promise<SeveralStatus>;
  /** The status now and whenever it has changed, conflated; ends after complete. */
  watch(pipeline: string, token: string, options?: CallOptions): AsyncIterable<TokenStatus>;
  /** One token that is complete exactly when all of these are. */
  join(pipeline: string, tokens: readonly string[], options?: CallOptions): Promise<string>;
}

const BASES = { received: Basis.RECEIVED, head: Basis.HEAD } as const;

const RETRY_MS = 1000;
const MODES = { all: TokenMode.ALL, any: TokenMode.ANY } as const;

/** The calls on tokens over a transport. */
export function tokenCalls(transport: Transport): TokenCalls {
  const client = createClient(CompletionService, transport);
  const calls: TokenCalls = {
    issue: async (address, options = {}) => {
      const basis = options.basis === undefined ? Basis.UNSPECIFIED : BASES[options.basis];
      const { receipt = "", signal } = options;
      const call = (): Promise<{ token: string }> =>
        client.generateToken(
          { ...address, basis, receipt },
          signal === undefined ? {} : { signal },
        );
      const answer = await calling(call, signal);
      return answer.token;
    },
    check: async (pipeline, token, options = {}) => {
      const call = (): Promise<{ status?: Wire | undefined }> =>
        client.checkToken({ pipeline, token }, options);
      return fromWire((await calling(call, options.signal)).status);
    },
    checkSeveral: async (pipeline, tokens, { mode = "all", timeoutMs, ...options } = {}) => {
      const timeout = timeoutMs === undefined ? {} : { timeout: durationFromMs(timeoutMs) };
      const asked = { pipeline, tokens: [...tokens], mode: MODES[mode], ...timeout };
      const call = (): Promise<CheckTokensResponse> => client.checkTokens(asked, options);
      return severalFromWire(await calling(call, options.signal));
    },
    wait: (pipeline, token, options = {}) => wait(calls, pipeline, token, options),
    watch: async function* watch(pipeline, token, options = {}) {
      try {
        for await (const update of client.watchToken({ pipeline, token }, options)) {
          yield fromWire(update.status);
        }
      } catch (cause) {
        options.signal?.throwIfAborted();
        throw tidemarkError(cause);
      }
    },
    join: async (pipeline, tokens, options = {}) => {
      const call = (): Promise<{ token: string }> =>
        client.joinTokens({ pipeline, tokens: [...tokens] }, options);
      return (await calling(call, options.signal)).token;
    },
  };
  return calls;
}

async function wait(
  calls: TokenCalls,
  pipeline: string,
  token: string,
  options: WaitOptions,
): Promise<TokenStatus> {
  if (options.timeoutMs === 0) return checkNow(calls, pipeline, token, options);
  const deadline =
    options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const signals = [options.signal, deadline].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  let last = UNSEEN;
  let reached = options.unreached !== "reject";
  for (;;) {
    let pauseMs = RETRY_MS;
    try {
      for await (const status of calls.watch(pipeline, token, { signal })) {
        last = status;
        reached = true;
        options.onProgress?.(status);
        if (status.complete) return status;
      }
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (deadline?.aborted === true) return last;
      if (!mayComeBack(cause)) throw cause;
      if (cause.reason !== "Unreachable") reached = true;
      if (!reached) throw cause;
      pauseMs = cause.retryAfterMs ?? RETRY_MS;
      last = { ...last, reasons: [{ code: "unknown", message: cause.message }] };
      options.onProgress?.(last);
    }
    await pause(pauseMs, signal);
    options.signal?.throwIfAborted();
    if (deadline?.aborted === true) return last;
  }
}

/** Also tells who watches of what the check answered. */
async function checkNow(
  calls: TokenCalls,
  pipeline: string,
  token: string,
  { signal, onProgress }: WaitOptions,
): Promise<TokenStatus> {
  const status = await calls.check(pipeline, token, signal === undefined ? {} : { signal });
  onProgress?.(status);
  return status;
}

/** Whether a server or pipeline that can't be reached now is meant to be there again. */
function mayComeBack(cause: unknown): cause is TidemarkError {
  if (!(cause instanceof TidemarkError) || cause.code !== "Unavailable") return false;
  return cause.details["desired_status"] !== "Stopped";
}

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {});
}
