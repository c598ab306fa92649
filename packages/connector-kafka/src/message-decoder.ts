/** Message decoders: records of a log become changes, each one a document of its own. */

import {
  type Changes,
  type Decoded,
  type Decoder,
  type Metadata,
  type Operation,
  type RecordError,
  type Row,
} from "@tidemark/connector";
import { offset, type Position } from "@tidemark/core";
import { type JsonObject } from "@tidemark/program";

import { type KafkaRecord, type RecordRun } from "./fetched.ts";
import { type Passes } from "./header-filter.ts";
import { type Telling } from "./record-metadata.ts";

/** What some messages come to. */
export interface DecodedMessages {
  readonly changes: Changes;
  readonly records: number;
  /** Bytes of their values. */
  readonly bytes: number;
  readonly errors: readonly RecordError[];
}

/** What a message decoder is made with. */
export interface MessageDecoderOptions {
  readonly topic: string;
  /** A decoder at its beginning. */
  readonly fresh: () => Decoder;
  readonly format: { readonly name: string; readonly config: JsonObject } | undefined;
  /** Which records are decoded at all; all where it is absent. */
  readonly passes?: Passes | undefined;
  /** What tells of records beside their values, if anything does. */
  readonly tell?: Telling | undefined;
}

const NEWLINE = 10;
const QUOTE = 34;

/**
 * Decodes many messages in one go where newlines between them can't be taken for a part of one, and
 * where anything is wrong with some of them, ever fewer, down to the one at fault. Where something is
 * told of records, each is decoded alone, so that its rows are known. A tombstone says nothing.
 */
export class MessageDecoder {
  readonly #options: MessageDecoderOptions;
  readonly #joins: Joins;
  #together: Decoder | undefined;
  #pushed = 0n;
  #alone: Decoder | undefined;

  constructor(options: MessageDecoderOptions) {
    this.#options = options;
    this.#joins = options.tell === undefined ? joiningOf(options.format) : never;
  }

  async decode(runs: readonly RecordRun[]): Promise<DecodedMessages> {
    const sum = new Sum();
    const held = new Held();
    for (const run of runs) {
      for (const record of run.records) {
        const { value } = record;
        if (value === null || this.#options.passes?.(record) === false) continue;
        sum.bytes += value.length;
        if (this.#joins(value)) {
          held.add(run, record, value);
          continue;
        }
        await this.#decodeTogether(held, [0, held.size], sum);
        held.clear();
        await this.#decodeAlone(run, record, sum);
      }
    }
    await this.#decodeTogether(held, [0, held.size], sum);
    return sum.total();
  }

  async #decodeTogether(
    held: Held,
    [from, to]: readonly [number, number],
    sum: Sum,
  ): Promise<void> {
    if (to - from < 2) {
      const [run, record] = [held.runs[from], held.records[from]];
      if (from < to && run !== undefined && record !== undefined) {
        await this.#decodeAlone(run, record, sum);
      }
      return;
    }
    const together = (this.#together ??= this.#options.fresh());
    const joined = held.joined(from, to);
    this.#pushed += BigInt(joined.length);
    const decoded = together.push(joined);
    if (decoded.errors.length === 0 && decoded.consumedBytes === this.#pushed) {
      sum.add(decoded);
      return;
    }
    this.#together = undefined;
    this.#pushed = 0n;
    const middle = (from + to) >> 1;
    await this.#decodeTogether(held, [from, middle], sum);
    await this.#decodeTogether(held, [middle, to], sum);
  }

  async #decodeAlone(run: RecordRun, record: KafkaRecord, sum: Sum): Promise<void> {
    const { partition, firstOffset } = run;
    const { offsetDelta, value } = record;
    if (value === null) return;
    const alone = (this.#alone ??= this.#options.fresh());
    const at = firstOffset + BigInt(offsetDelta);
    const place: RecordPlace = {
      where: `partition ${partition}, offset ${at} of topic '${this.#options.topic}'`,
      position: [String(partition), offset(at)],
    };
    const told = this.#options.tell?.(run, record);
    for (const decoded of [alone.push(value), await alone.finish()]) sum.add(decoded, place, told);
  }
}

/** Records that may be decoded together, side by side with their runs, as there are many of them. */
class Held {
  readonly runs: RecordRun[] = [];
  readonly records: KafkaRecord[] = [];
  readonly #values: Buffer[] = [];

  get size(): number {
    return this.records.length;
  }

  add(run: RecordRun, record: KafkaRecord, value: Buffer): void {
    this.runs.push(run);
    this.records.push(record);
    this.#values.push(value);
  }

  clear(): void {
    this.runs.length = 0;
    this.records.length = 0;
    this.#values.length = 0;
  }

  /** Some of the values, each with a newline behind it. */
  joined(from: number, to: number): Buffer {
    const values = this.#values.slice(from, to);
    const joined = Buffer.allocUnsafe(values.reduce((size, { length }) => size + length + 1, 0));
    let at = 0;
    for (const value of values) {
      joined.set(value, at);
      at += value.length;
      joined[at] = NEWLINE;
      at += 1;
    }
    return joined;
  }
}

/** Where a record stands, for people and for tokens. */
interface RecordPlace {
  readonly where: string;
  readonly position: Position;
}

class Sum {
  bytes = 0;
  /** What a decoder answered, while it is all there is; it most often stays so. */
  #only: Changes = { rows: [] };
  #rows: Row[] | undefined;
  #operations: Operation[] | undefined;
  /** What is told of each row's record, where anything is told at all. */
  readonly #metadata: Metadata[] = [];
  #records = 0;
  readonly #errors: RecordError[] = [];

  add({ changes, records, errors }: Decoded, place?: RecordPlace, told?: Metadata): void {
    if (told !== undefined) for (const _ of changes.rows) this.#metadata.push(told);
    if (this.#rows !== undefined) this.#append(this.#rows, changes);
    else if (this.#only.rows.length === 0) this.#only = changes;
    else if (changes.rows.length > 0) {
      this.#rows = [...this.#only.rows];
      this.#operations = this.#only.operations && [...this.#only.operations];
      this.#append(this.#rows, changes);
    }
    this.#records += records;
    for (const { byteOffset: _, ...error } of errors) {
      if (place === undefined) this.#errors.push(error);
      else {
        const { where, position } = place;
        const description = `${where}: ${error.description}`;
        this.#errors.push({ ...error, description, position });
      }
    }
  }

  #append(all: Row[], { rows, operations }: Changes): void {
    if (operations !== undefined) this.#operations ??= all.map(() => "insert");
    for (const [at, row] of rows.entries()) {
      all.push(row);
      this.#operations?.push(operations?.[at] ?? "insert");
    }
  }

  total(): DecodedMessages {
    const changes =
      this.#rows === undefined
        ? this.#only
        : {
            rows: this.#rows,
            ...(this.#operations === undefined ? {} : { operations: this.#operations }),
          };
    return {
      changes: this.#metadata.length === 0 ? changes : { ...changes, metadata: this.#metadata },
      records: this.#records,
      bytes: this.bytes,
      errors: this.#errors,
    };
  }
}

/** Whether newlines around a value leave it what it is. */
type Joins = (value: Buffer) => boolean;

function joiningOf(format: MessageDecoderOptions["format"]): Joins {
  const { name, config = {} } = format ?? {};
  // Between a closing and an opening bracket no document goes on.
  if (name === "json") return isBracketed;
  if (name === "csv") return csvJoining(config);
  return name === "raw" && config["mode"] === "lines" ? always : never;
}

/** Without a quote a line is a record, unless lines are seen in the light of the first. */
function csvJoining({ headers, flexible, quote }: JsonObject): Joins {
  if (headers === true || flexible === false) return never;
  const byte = typeof quote === "string" ? Buffer.from(quote)[0] : QUOTE;
  return (value) => byte !== undefined && !value.includes(byte);
}

function isBracketed(value: Buffer): boolean {
  return isOpening(value[0]) && isClosing(value[lastAt(value)]);
}

function always(): boolean {
  return true;
}

function never(): boolean {
  return false;
}

function lastAt(value: Buffer): number {
  let at = value.length - 1;
  while (at > 0 && isBlank(value[at])) at -= 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === NEWLINE || byte === 13 || byte === 9;
}

function isOpening(byte: number | undefined): boolean {
  return byte === 0x5b || byte === 0x7b;
}

function isClosing(byte: number | undefined): boolean {
  return byte === 0x5d || byte === 0x7d;
}
