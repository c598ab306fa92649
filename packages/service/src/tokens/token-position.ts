/** Positions of new tokens: by basis, or by what a source answered to a write. */

import {
  type Progress,
  ReceiptError,
  type RunningPipeline,
  UnreadableError,
} from "@tidemark/connector";
import { type ConnectorId } from "@tidemark/core";

import { pipelineInteractionUnreachable } from "../errors/interaction.ts";
import { invalidParam, receiptRefused } from "../errors/token.ts";
import { type ConnectorAddress, type IssueOptions } from "../service.ts";

/** What a new token covers; throws `InvalidParam`, why the receipt can't be used, or that the source can't be reached. */
export async function tokenPosition(
  running: RunningPipeline,
  connector: ConnectorId,
  options: IssueOptions & { readonly address: ConnectorAddress },
): Promise<Progress> {
  const { address, basis = running.defaultBasis, receipt, signal } = options;
  if (receipt === undefined) {
    const reading = running.position(connector, basis, { signal });
    const position = await fromSource(reading, { address, signal });
    if (position !== undefined) return position;
    throw invalidParam(
      `${named(address)} can't tell its ${basis} position; use basis=${basis === "head" ? "received" : "head"}`,
    );
  }
  if (options.basis !== undefined) {
    throw invalidParam("'basis' and 'receipt' exclude each other; give one of them");
  }
  const reading = running.receipt(connector, receipt, { signal });
  const position = await fromSource(reading, { address, signal });
  if (position !== undefined) return position;
  throw invalidParam(`${named(address)} takes no receipts; ask without 'receipt'`);
}

/** What the source answers; where it does not, that is nobody's fault here, and passes. */
async function fromSource<T>(
  reading: Promise<T>,
  { address, signal }: { readonly address: ConnectorAddress; readonly signal: AbortSignal },
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ReceiptError) throw receiptRefused(error.kind, error.message);
    if (signal.aborted) throw error;
    const why =
      error instanceof UnreadableError
        ? error.message
        : `the source of ${named(address)} could not be read`;
    throw pipelineInteractionUnreachable(address.pipeline, "/completion_token", why, {
      cause: error,
    });
  }
}

function named({ connector, relation }: ConnectorAddress): string {
  return `connector '${connector}' of table '${relation}'`;
}
