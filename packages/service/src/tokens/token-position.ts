/** Positions of new tokens: by basis, or by what a source answered to a write. */

import { type Progress, ReceiptError, type RunningPipeline } from "@tidemark/connector";
import { type ConnectorId } from "@tidemark/core";

import { invalidParam, receiptRefused } from "../errors/token.ts";
import { type ConnectorAddress, type IssueOptions } from "../service.ts";

/** What a new token covers; throws `InvalidParam`, or why the receipt can't be used. */
export async function tokenPosition(
  running: RunningPipeline,
  connector: ConnectorId,
  options: IssueOptions & { readonly address: ConnectorAddress },
): Promise<Progress> {
  const { address, basis = running.defaultBasis, receipt, signal } = options;
  if (receipt === undefined) {
    const position = await running.position(connector, basis, { signal });
    if (position !== undefined) return position;
    throw invalidParam(
      `${named(address)} can't tell its ${basis} position; use basis=${basis === "head" ? "received" : "head"}`,
    );
  }
  if (options.basis !== undefined) {
    throw invalidParam("'basis' and 'receipt' exclude each other; give one of them");
  }
  try {
    const position = await running.receipt(connector, receipt, { signal });
    if (position !== undefined) return position;
  } catch (error) {
    if (error instanceof ReceiptError) throw receiptRefused(error.kind, error.message);
    throw error;
  }
  throw invalidParam(`${named(address)} takes no receipts; ask without 'receipt'`);
}

function named({ connector, relation }: ConnectorAddress): string {
  return `connector '${connector}' of table '${relation}'`;
}
