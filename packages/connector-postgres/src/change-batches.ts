/** Change batches: transactions as batches, so that one with rejected changes can be stopped before. */

import { type InputRejects } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { type Changes, type Transaction } from "./change-stream.ts";
import {
  decodeEach,
  type DecodedEvents,
  decodeEvents,
  NOTHING,
  type OpenDecoder,
  sum,
} from "./decode-events.ts";
import { walPosition } from "./lsn.ts";
import { rejectedEvent, type RejectedOf } from "./rejected-event.ts";

/** A batch, and where it brings the log to. */
export interface ChangeBatch extends DecodedEvents {
  readonly end: Offset;
}

/** How transactions become batches. */
export interface ChangeBatchesOptions extends RejectedOf {
  readonly open: OpenDecoder;
  readonly onReject: InputRejects;
}

/** Turns transactions into batches; most often that is one, as hardly any change is rejected. */
export class ChangeBatches {
  readonly #options: ChangeBatchesOptions;
  #decoder;

  constructor(options: ChangeBatchesOptions) {
    this.#options = options;
    this.#decoder = options.open();
  }

  /** The batches of what lies behind `from`, in order. */
  of({ transactions, end }: Changes, from: Offset): readonly ChangeBatch[] {
    const events = transactions.flatMap((transaction) => transaction.events);
    const decoded = decodeEvents(this.#decoder, events);
    if (decoded.errors.length === 0) return [{ ...decoded, end }];
    this.#decoder = this.#options.open();
    const each = transactions.map((transaction) => ({
      transaction,
      decoded: this.#placed(transaction),
    }));
    if (this.#options.onReject === "skip") {
      return [{ ...sum(each.map((one) => one.decoded)), end }];
    }
    return apart(each, { from, end });
  }

  #placed({ events, at }: Transaction): DecodedEvents {
    const { open } = this.#options;
    const position = walPosition(at);
    return decodeEach(open, events, (error, event, place) =>
      rejectedEvent(error, event, { ...this.#options, position, number: place + 1 }),
    );
  }
}

interface DecodedTransaction {
  readonly transaction: Transaction;
  readonly decoded: DecodedEvents;
}

/** A transaction with errors is a batch of its own; the one before covers all up to its commit record. */
function apart(
  each: readonly DecodedTransaction[],
  { from, end }: { readonly from: Offset; readonly end: Offset },
): readonly ChangeBatch[] {
  const batches: ChangeBatch[] = [];
  let good: DecodedEvents[] = [];
  let last = from;
  for (const { transaction, decoded } of each) {
    if (decoded.errors.length === 0) {
      good.push(decoded);
      continue;
    }
    const { at } = transaction;
    if (good.length > 0 || at > last) batches.push({ ...sum(good), end: at });
    batches.push({ ...decoded, end: transaction.end });
    last = transaction.end;
    good = [];
  }
  if (good.length > 0 || end > last)
    batches.push({ ...(good.length > 0 ? sum(good) : NOTHING), end });
  return batches;
}
