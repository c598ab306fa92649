/**
 * The messages of `pgoutput`, protocol version 1: what a transaction changed.
 * @see https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */

import { type Offset, offset } from "@tidemark/core";

/** A column of a relation, as the server describes it. */
export interface WireColumn {
  readonly name: string;
  readonly oid: number;
  /** What the type was given in brackets, as the server packs it; -1 for nothing. */
  readonly modifier: number;
  /** Part of the replica identity. */
  readonly key: boolean;
}

/** A relation, as the server describes it before its first change. */
export interface WireRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** As `relreplident` has it: `d` its primary key, `f` the whole row, `i` an index, `n` nothing. */
  readonly identity: string;
  readonly columns: readonly WireColumn[];
}

/** A row: text by column; null for NULL, undefined for a large value that did not change. */
export type WireRow = readonly (string | null | undefined)[];

/** A row before a change: all of it, or just its key, the other columns being null. */
export interface WireOldRow {
  readonly whole: boolean;
  readonly row: WireRow;
}

/** A message. */
export type WireMessage =
  | { readonly kind: "begin"; readonly transaction: string }
  /** `at`: the place of the commit record, which every position that covers the commit lies beyond. */
  | { readonly kind: "commit"; readonly at: Offset; readonly end: Offset }
  | { readonly kind: "relation"; readonly relation: WireRelation }
  | { readonly kind: "insert"; readonly oid: number; readonly row: WireRow }
  | {
      readonly kind: "update";
      readonly oid: number;
      readonly old: WireOldRow | undefined;
      readonly row: WireRow;
    }
  | { readonly kind: "delete"; readonly oid: number; readonly old: WireOldRow }
  | { readonly kind: "truncate"; readonly oids: readonly number[] }
  | { readonly kind: "other" };

/** Reads one message; throws a `RangeError` where it is cut off. */
export function parseMessage(bytes: Buffer): WireMessage {
  const reader = new Reader(bytes);
  const tag = reader.char();
  switch (tag) {
    case "B":
      reader.skip(8 + 8);
      return { kind: "begin", transaction: String(reader.uint32()) };
    case "C":
      reader.skip(1);
      return { kind: "commit", at: offset(reader.uint64()), end: offset(reader.uint64()) };
    case "R":
      return { kind: "relation", relation: relationOf(reader) };
    case "I": {
      const oid = reader.uint32();
      reader.skip(1);
      return { kind: "insert", oid, row: reader.row() };
    }
    case "U":
      return updateOf(reader);
    case "D": {
      const oid = reader.uint32();
      return { kind: "delete", oid, old: { whole: reader.char() === "O", row: reader.row() } };
    }
    case "T":
      return { kind: "truncate", oids: truncated(reader) };
    default:
      return { kind: "other" };
  }
}

function relationOf(reader: Reader): WireRelation {
  const oid = reader.uint32();
  const schema = reader.text();
  const name = reader.text();
  const identity = reader.char();
  const columns = Array.from({ length: reader.uint16() }, () => {
    const key = (reader.uint8() & 1) === 1;
    return { name: reader.text(), oid: reader.uint32(), modifier: reader.int32(), key };
  });
  return { oid, schema, name, identity, columns };
}

function updateOf(reader: Reader): WireMessage {
  const oid = reader.uint32();
  const tag = reader.char();
  if (tag === "N") return { kind: "update", oid, old: undefined, row: reader.row() };
  const old = { whole: tag === "O", row: reader.row() };
  reader.skip(1);
  return { kind: "update", oid, old, row: reader.row() };
}

function truncated(reader: Reader): readonly number[] {
  const count = reader.uint32();
  reader.skip(1);
  return Array.from({ length: count }, () => reader.uint32());
}

/** Reads big-endian fields one after the other. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#move(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#move(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#move(4));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#move(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#move(8));
  }

  char(): string {
    return String.fromCodePoint(this.uint8());
  }

  /** Up to a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new RangeError("a text of the message does not end");
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  row(): WireRow {
    return Array.from({ length: this.uint16() }, () => this.#value());
  }

  #value(): string | null | undefined {
    const tag = this.char();
    if (tag === "n") return null;
    if (tag === "u") return undefined;
    const length = this.uint32();
    const start = this.#move(length);
    if (this.#at > this.#bytes.length) throw new RangeError("a value of the message is cut off");
    return this.#bytes.toString("utf8", start, this.#at);
  }

  #move(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
