/** Receipts: what a producer is told of its write, `topic-partition-offset`. */

import { ReceiptError } from "@tidemark/connector";

/** A written record's place; reading goes on behind it. */
export interface WrittenAt {
  readonly partition: number;
  readonly written: bigint;
}

/** Reads `topic-partition-offset`; topics may have hyphens. Throws `ReceiptError`. */
export function receiptOf(text: string, topic: string): WrittenAt {
  const match = /^(.+)-(\d{1,9})-(\d{1,19})$/u.exec(text);
  if (match === null) {
    throw new ReceiptError(
      "malformed",
      `'${text.slice(0, 60)}' is no receipt of Kafka: give topic-partition-offset as a producer is answered, such as ${topic}-0-41`,
    );
  }
  if (match[1] !== topic) {
    const message = `the receipt is of topic '${match[1]}', and the connector reads '${topic}'`;
    throw new ReceiptError("elsewhere", message);
  }
  return { partition: Number(match[2]), written: BigInt(match[3] ?? "") };
}
