/** Formats: how bytes become changes, and changes bytes. */

import { type Position } from "@tidemark/core";
import { type JsonObject, type Table } from "@tidemark/program";

import { type Changes, type OutputColumn, type ViewChange } from "./value.ts";

/** A record that does not fit, in the fields of the documented `ParseErrors`. */
export interface RecordError {
  readonly description: string;
  /** Counts from the first event this decoder ever saw, from 1. */
  readonly eventNumber: number | null;
  readonly field: string | null;
  readonly invalidBytes: readonly number[] | null;
  readonly invalidText: string | null;
  readonly suggestion: string | null;
  readonly tag: string | null;
  /** Bytes given to this decoder before the record; absent where the format can't say. */
  readonly byteOffset?: bigint;
  /**
   * Where the record stands in its source: a token counts it when its target lies beyond. Set by
   * sources; absent, the record counts with the end of its batch.
   */
  readonly position?: Position;
}

/** Where a rejected record stands: behind so many rows and good records of its answer. */
export interface RejectSpan {
  readonly rows: number;
  readonly records: number;
  /** Bytes given to this decoder before the record, and before what follows it. */
  readonly from: bigint;
  readonly to: bigint;
}

/** A record that has begun and whose end is not known. */
export interface Unfinished {
  /** Bytes given to this decoder before it. */
  readonly byteOffset: bigint;
  /** What it is, and what has to come for its end to be known, for example `a closing bracket`. */
  readonly what: string;
  readonly awaits: string;
}

/** What the bytes given so far amount to, beyond what was answered before. */
export interface Decoded {
  readonly changes: Changes;
  /** Records that `changes` came from, bad ones not counted. */
  readonly records: number;
  /**
   * All bytes ever given to this decoder that are covered by the answers so far. It is always the
   * end of a whole record, so a reader that starts there loses and repeats nothing.
   */
  readonly consumedBytes: bigint;
  readonly errors: readonly RecordError[];
  /** One per error, where the format can say; errors of one record have equal ones. */
  readonly rejects?: readonly RejectSpan[];
}

/** Turns one stream of bytes into changes. Bad records are answered as errors, never thrown. */
export interface Decoder {
  /** Takes the next bytes, cut anywhere, and answers the records that are now whole. */
  push(bytes: Uint8Array): Decoded;
  /**
   * No more bytes: what is left is the last record. Formats that can be read only as a whole take
   * their time here; nothing else is to be called before they answer. What is pushed afterwards
   * begins another stream.
   */
  finish(): Decoded | Promise<Decoded>;
  /** The record that the bytes given so far end in, where there is one and the format can say. */
  unfinished?(): Unfinished | undefined;
}

/** A format that connectors of tables can name. */
export interface InputFormat {
  readonly name: string;
  /** The fields of the configuration that it looks at; there may be others, which change nothing. */
  readonly options: readonly string[];
  /**
   * Checks the configuration and opens a decoder; throws `ConfigError` naming the field at fault.
   * `continued`: the bytes go on where another decoder of the same stream left off, behind a heading.
   * `beginning`: the first bytes of a stream that is continued, for formats that need its heading.
   */
  decoder(options: {
    readonly table: Table;
    readonly config: JsonObject;
    readonly continued?: boolean;
    readonly beginning?: Uint8Array;
  }): Decoder;
}

/** Turns changes of one view into bytes; what one call answers can be appended to the last. */
export interface Encoder {
  encode(changes: readonly ViewChange[]): Uint8Array;
}

/** A format that connectors of views can name. */
export interface OutputFormat {
  readonly name: string;
  /** Checks the configuration and opens an encoder; throws `ConfigError` naming the field at fault. */
  encoder(options: {
    readonly columns: readonly OutputColumn[];
    readonly config: JsonObject;
  }): Encoder;
}
