/** Result hashes: whether two answers hold the same rows, without sending them. */

import { createHash } from "node:crypto";

import { type QueryResult, type Value } from "@tidemark/connector";
import { renderColumnType } from "@tidemark/program";

/**
 * One SHA-256 in upper-case hexadecimal, of the columns' names and types and of all rows. The order
 * of rows does not count, how often each occurs does.
 */
export async function* resultHash({ columns, rows }: QueryResult): AsyncGenerator<string> {
  let count = 0n;
  let sum = 0n;
  for await (const piece of rows) {
    for (const row of piece) sum += BigInt(`0x${sha256(canonical(row))}`);
    count += BigInt(piece.length);
  }
  const schema = columns.map(({ id, type }) => [id.name, renderColumnType(type)]);
  const all = [JSON.stringify(schema), count, sum % 2n ** 256n].join("\n");
  yield sha256(all).toUpperCase();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A text that no two different values of one type share. */
function canonical(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  return `[${value.map(canonical).join(",")}]`;
}
