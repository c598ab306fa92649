/** A keyed push: a body that is taken once, however often and by however many requests it is sent. */

import { createHash } from "node:crypto";

import { fewSpans, type Span, spansBetween } from "@tidemark/core";

import { type Decoded, type Decoder } from "../format.ts";
import { type Covered, type KeyedBody } from "../keyed-body.ts";
import { type Pushed } from "../running-pipeline.ts";
import { type Batch } from "../source.ts";
import { type Changes } from "../value.ts";
import { ErrorSample } from "./error-sample.ts";
import { KeyReusedError } from "./key-reused-error.ts";
import { type BodyIntake, type IntakeOptions, MOST_SPANS } from "./push-intake.ts";
import { type PushKey } from "./push-keys.ts";

/**
 * Reads a body along the one that was taken under its key before: up to where that stands, bytes are
 * only compared, by their digest; from there on records are taken, by whichever request comes first.
 * That holds across runs too, because what was taken is told by the commit that holds the rows.
 * A decoder answers the same rows for the same bytes, wherever they are cut.
 */
export class KeyedIntake implements BodyIntake {
  readonly #options: IntakeOptions;
  readonly #key: PushKey;
  readonly #hash = createHash("sha256");
  readonly #errors = new ErrorSample();
  /** Absent where nothing can come of decoding again. */
  readonly #decoder: Decoder | undefined;
  #bytes = 0;
  #rows = 0;
  #records = 0;

  constructor(options: IntakeOptions, key: PushKey, decoder: Decoder) {
    this.#options = options;
    this.#key = key;
    if (options.metadata !== undefined) this.#hash.update(`${options.metadata}\0`);
    const { whole, errors } = key.taken;
    this.#decoder = whole && errors === 0 ? undefined : decoder;
  }

  async take(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const bytes = rest;
      const read = await this.#key.inTurn(() => this.#next(bytes));
      rest = rest.subarray(read);
    }
  }

  async end(): Promise<Pushed> {
    await this.#key.inTurn(() => this.#finish());
    await this.#options.committed(() => this.#key.durable?.whole === true);
    const { connector, covers, records, errors } = this.#key.taken;
    const last = covers.at(-1);
    if (last === undefined) throw new TypeError("a whole body is covered by nothing");
    return {
      connector,
      progress: last,
      earlier: covers.slice(0, -1),
      records,
      errorCount: errors,
      errors: this.#errors.first,
    };
  }

  /** Reads up to where the key stands, or all where it stands here; answers how much it read. */
  async #next(bytes: Uint8Array): Promise<number> {
    this.#options.signal.throwIfAborted();
    const { taken } = this.#key;
    const ahead = taken.bytes - this.#bytes;
    if (ahead > 0) {
      const part = bytes.subarray(0, ahead);
      this.#read(part);
      if (part.length === ahead) this.#compare();
      return part.length;
    }
    if (taken.whole) throw reused(taken, `that one had ${taken.bytes} bytes, and this has more`);
    const decoded = this.#read(bytes);
    if (decoded !== undefined) await this.#add(decoded, bytes.length, false);
    return bytes.length;
  }

  async #finish(): Promise<void> {
    this.#options.signal.throwIfAborted();
    const { taken } = this.#key;
    if (this.#bytes < taken.bytes) {
      const had = taken.whole ? "had" : "already had";
      throw reused(taken, `that one ${had} ${taken.bytes} bytes, and this has ${this.#bytes}`);
    }
    this.#compare();
    const last = this.#count(await this.#decoder?.finish());
    if (!taken.whole && last !== undefined) await this.#add(last, 0, true);
  }

  #read(bytes: Uint8Array): Decoded | undefined {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    return this.#count(this.#decoder?.push(bytes));
  }

  #count(decoded: Decoded | undefined): Decoded | undefined {
    if (decoded === undefined) return undefined;
    this.#rows += decoded.changes.rows.length;
    this.#records += decoded.records;
    this.#errors.add(decoded.errors);
    return decoded;
  }

  #compare(): void {
    const { taken } = this.#key;
    if (this.#hash.copy().digest("hex") === taken.digest) return;
    const told = this.#options.metadata === undefined ? "" : ", or its metadata was";
    throw reused(taken, `the first ${taken.bytes} bytes of that one were others${told}`);
  }

  /** Takes what no request has taken before, and notes how far the body was taken. */
  async #add(decoded: Decoded, bytes: number, whole: boolean): Promise<void> {
    const { taken } = this.#key;
    const { room, accept, queue, input, wallMs } = this.#options;
    const fresh = this.#rows - taken.rows;
    if (fresh < 0) throw new Error("the same bytes were decoded to other rows than before");
    const changes = lastRows(decoded.changes, fresh);
    const records = this.#records - taken.records;
    const rejected = this.#errors.count - taken.errors;
    const errors = rejected === 0 ? [] : decoded.errors.slice(-rejected);
    if (records + rejected > 0) await room();
    const body: KeyedBody = {
      ...taken,
      bytes: this.#bytes,
      digest: this.#hash.copy().digest("hex"),
      rows: this.#rows,
      records: this.#records,
      errors: this.#errors.count,
      whole,
      atMs: wallMs(),
    };
    if (records + rejected === 0 && !whole) {
      this.#key.taken = body;
      return;
    }
    const before = input.received.frontier;
    const batch = accept({ ...decoded, changes, records, errors }, bytes);
    const spans = spansBetween(before, batch.frontier);
    const keyed = { ...body, covers: covering(taken.covers, batch, spans) };
    queue({ ...batch, keyed });
    this.#key.taken = keyed;
  }
}

/** The last rows of changes, as changes. */
function lastRows({ rows, operations }: Changes, count: number): Changes {
  if (count >= rows.length) return operations === undefined ? { rows } : { rows, operations };
  const from = rows.length - count;
  const kept = { rows: rows.slice(from) };
  return operations === undefined ? kept : { ...kept, operations: operations.slice(from) };
}

/** What covers a body once a batch was taken; one that is empty adds nothing to what others hold. */
function covering(
  covers: readonly Covered[],
  { incarnation, frontier }: Batch,
  spans: readonly Span[],
): readonly Covered[] {
  if (spans.length === 0 && covers.length > 0) return covers;
  const others = covers.filter((each) => each.incarnation !== incarnation);
  const known = covers.find((each) => each.incarnation === incarnation);
  const counted =
    known !== undefined && known.spans === undefined
      ? {}
      : { spans: fewSpans([...(known?.spans ?? []), ...spans], MOST_SPANS) };
  return [...others, { incarnation, frontier, ...counted }];
}

function reused({ key }: KeyedBody, difference: string): KeyReusedError {
  return new KeyReusedError(key, difference);
}
