/** Message decoders: records of a log become changes, each one a document of its own. */

import {
  type Changes,
  type Decoded,
  type Decoder,
  type Operation,
  type RecordError,
  type Row,
} from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { type Message } from "./fetched.ts";

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
}

const NEWLINE = 10;
const QUOTE = 34;

/**
 * Decodes many messages in one go where newlines between them can't be taken for a part of one, and
 * where anything is wrong with some of them, ever fewer, down to the one at fault. A tombstone says
 * nothing.
 */
export class MessageDecoder {
  readonly #options: MessageDecoderOptions;
  readonly #joins: Joins;
  #together: Decoder | undefined;
  #pushed = 0n;
  #alone: Decoder | undefined;

  constructor(options: MessageDecoderOptions) {
    this.#options = options;
    this.#joins = joiningOf(options.format);
  }

  async decode(messages: readonly Message[]): Promise<DecodedMessages> {
    const sum = new Sum();
    let run: Whole[] = [];
    for (const { partition, offset, value } of messages) {
      if (value === null) continue;
      sum.bytes += value.length;
      const whole = { partition, offset, value };
      if (this.#joins(value)) {
        run.push(whole);
        continue;
      }
      await this.#decodeRun(run, sum);
      run = [];
      await this.#decodeAlone(whole, sum);
    }
    await this.#decodeRun(run, sum);
    return sum.total();
  }

  async #decodeRun(run: readonly Whole[], sum: Sum): Promise<void> {
    const [first] = run;
    if (first === undefined) return;
    if (run.length === 1) return await this.#decodeAlone(first, sum);
    const together = (this.#together ??= this.#options.fresh());
    const joined = joinedByNewlines(run);
    this.#pushed += BigInt(joined.length);
    const decoded = together.push(joined);
    if (decoded.errors.length === 0 && decoded.consumedBytes === this.#pushed) {
      return sum.add(decoded);
    }
    this.#together = undefined;
    this.#pushed = 0n;
    const half = run.length >> 1;
    await this.#decodeRun(run.slice(0, half), sum);
    return await this.#decodeRun(run.slice(half), sum);
  }

  async #decodeAlone({ partition, offset, value }: Whole, sum: Sum): Promise<void> {
    const alone = (this.#alone ??= this.#options.fresh());
    const where = `partition ${partition}, offset ${offset} of topic '${this.#options.topic}'`;
    for (const decoded of [alone.push(value), await alone.finish()]) sum.add(decoded, where);
  }
}

type Whole = Message & { readonly value: Buffer };

class Sum {
  bytes = 0;
  readonly #rows: Row[] = [];
  #operations: Operation[] | undefined;
  #records = 0;
  readonly #errors: RecordError[] = [];

  add({ changes, records, errors }: Decoded, where?: string): void {
    const { rows, operations } = changes;
    if (operations !== undefined) this.#operations ??= this.#rows.map(() => "insert");
    rows.forEach((row, at) => {
      this.#rows.push(row);
      this.#operations?.push(operations?.[at] ?? "insert");
    });
    this.#records += records;
    for (const error of errors) {
      const { description } = error;
      this.#errors.push(
        where === undefined ? error : { ...error, description: `${where}: ${description}` },
      );
    }
  }

  total(): DecodedMessages {
    const rows = this.#rows;
    const operations = this.#operations;
    return {
      changes: operations === undefined ? { rows } : { rows, operations },
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

function joinedByNewlines(run: readonly Whole[]): Buffer {
  const joined = Buffer.allocUnsafe(run.reduce((size, { value }) => size + value.length + 1, 0));
  let at = 0;
  for (const { value } of run) {
    at += value.copy(joined, at);
    joined[at] = NEWLINE;
    at += 1;
  }
  return joined;
}
