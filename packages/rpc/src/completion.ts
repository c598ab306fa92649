/** Completion tokens over RPC: issue, check, wait, watch, join. */

import { Basis, CompletionService, TokenMode } from "@tidemark/api";
import { invalidParam, type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { timeoutOf } from "./translate/timeout.ts";
import { severalMessage, tokenStatusMessage } from "./translate/token-status.ts";

/** Waits as long as the service itself allows. */
const NO_TIMEOUT_MS = Number.MAX_SAFE_INTEGER;

/** Binds the methods on tokens. */
export function bindCompletion(binder: Binder, { tokens }: Pick<Service, "tokens">): void {
  const { method } = CompletionService;
  binder.unary(method.generateToken, async (request, { caller, signal }) => {
    const { pipeline, table, connector } = request;
    const address = { pipeline, relation: table, connector };
    const basis = basisOf(request.basis);
    const receipt = request.receipt === "" ? undefined : request.receipt;
    return { token: await tokens.issue(caller, address, { basis, receipt, signal }) };
  });
  binder.unary(method.checkToken, async ({ pipeline, token }, { caller, signal }) => ({
    status: tokenStatusMessage(await tokens.check(caller, pipeline, token, { signal })),
  }));
  binder.unary(method.waitToken, async ({ pipeline, token, timeout }, { caller, signal }) => {
    const timeoutMs = timeoutOf(timeout) ?? NO_TIMEOUT_MS;
    const status = await tokens.wait(caller, pipeline, token, { timeoutMs, signal });
    return { status: tokenStatusMessage(status) };
  });
  binder.unary(method.checkTokens, async (request, { caller, signal }) => {
    const timeoutMs = timeoutOf(request.timeout) ?? 0;
    const options = { mode: modeOf(request.mode), timeoutMs, signal };
    const { pipeline, tokens: texts } = request;
    return severalMessage(await tokens.checkSeveral(caller, pipeline, texts, options));
  });
  binder.serverStream(
    method.watchToken,
    async function* watchToken({ pipeline, token }, { caller, signal }) {
      for await (const status of tokens.watch(caller, pipeline, token, { signal })) {
        yield { status: tokenStatusMessage(status) };
      }
    },
  );
  binder.unary(method.joinTokens, async (request, { caller }) => ({
    token: await tokens.join(caller, request.pipeline, request.tokens),
  }));
}

function modeOf(mode: TokenMode): "all" | "any" {
  switch (mode) {
    case TokenMode.UNSPECIFIED:
    case TokenMode.ALL:
      return "all";
    case TokenMode.ANY:
      return "any";
    default:
      throw invalidParam(
        `unknown 'mode' ${String(mode)}: give TOKEN_MODE_ALL (the default) or TOKEN_MODE_ANY`,
      );
  }
}

function basisOf(basis: Basis): "received" | "head" | undefined {
  switch (basis) {
    case Basis.UNSPECIFIED:
      return undefined;
    case Basis.RECEIVED:
      return "received";
    case Basis.HEAD:
      return "head";
    default:
      throw invalidParam(`unknown 'basis' ${String(basis)}: give BASIS_RECEIVED or BASIS_HEAD`);
  }
}
