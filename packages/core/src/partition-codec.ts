/** A frontier in bytes: runs of numbered partitions, then named ones, each with its offset as a difference. */

import { type ByteReader, decodeText, MalformedError } from "./byte-reader.ts";
import { type ByteWriter } from "./byte-writer.ts";
import { type Frontier, frontier, type Partition, type Position } from "./frontier.ts";
import { MAX_OFFSET } from "./offset.ts";
import { toUtf8 } from "./utf8.ts";

const NUMBERED = /^(?:0|[1-9][0-9]{0,8})$/u;
const NUMBERS = 1_000_000_000;

interface Run {
  readonly start: number;
  readonly offsets: bigint[];
}

/**
 * Writes a canonical frontier:
 * - the number of runs; per run how many numbers were left out before it (after the first run less
 *   one: two runs never touch) and its length less one. A run is a series of partitions whose names
 *   are consecutive decimal numbers below 10^9 without leading zeros, in numerical order;
 * - the number of other partitions; per partition, in order of names, how many bytes of UTF-8 its
 *   name shares with the one before, how many follow, and those;
 * - the offsets in the order of all these: each less the one before it (the first: less 0), zigzag
 *   (0, -1, 1, -2 … as 0, 1, 2, 3 …), as a varint.
 */
export function writeFrontier(writer: ByteWriter, at: Frontier): void {
  const numbered = at.positions.filter(([name]) => NUMBERED.test(name));
  const named = at.positions.filter(([name]) => !NUMBERED.test(name));
  const runs = runsOf(numbered);
  writeRuns(writer, runs);
  writeNames(writer, named);
  let before = 0n;
  const write = (offset: bigint): void => {
    writer.bigUint(zigzag(offset - before));
    before = offset;
  };
  for (const run of runs) run.offsets.forEach(write);
  for (const [, offset] of named) write(offset);
}

/** Reads a frontier; throws `MalformedError` for anything that `writeFrontier` does not write. */
export function readFrontier(reader: ByteReader): Frontier {
  const names = readRuns(reader);
  readNames(reader, names);
  const positions: (readonly [Partition, bigint])[] = [];
  let before = 0n;
  for (const name of names) {
    before += unzigzag(reader.bigUint());
    if (before < 1n || before > MAX_OFFSET) {
      throw new MalformedError(`an offset in it is not from 1 to 2^64-1`);
    }
    positions.push([name, before]);
  }
  return frontier(positions);
}

function runsOf(numbered: readonly Position[]): readonly Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const [name, offset] of numbered.toSorted(([a], [b]) => Number(a) - Number(b))) {
    const number = Number(name);
    if (run === undefined || number !== run.start + run.offsets.length) {
      run = { start: number, offsets: [] };
      runs.push(run);
    }
    run.offsets.push(offset);
  }
  return runs;
}

function writeRuns(writer: ByteWriter, runs: readonly Run[]): void {
  writer.uint(runs.length);
  let least = 0;
  for (const { start, offsets } of runs) {
    writer.uint(start - least);
    writer.uint(offsets.length - 1);
    least = start + offsets.length + 1;
  }
}

function readRuns(reader: ByteReader): Partition[] {
  const names: Partition[] = [];
  let least = 0;
  for (let left = bounded(reader); left > 0; left--) {
    const start = least + reader.uint();
    const end = start + 1 + bounded(reader);
    if (end > NUMBERS) throw new MalformedError("a partition's number in it is too large");
    for (let number = start; number < end; number++) names.push(String(number));
    if (names.length > reader.remaining) throw new MalformedError("it is cut off");
    least = end + 1;
  }
  return names;
}

function writeNames(writer: ByteWriter, named: readonly Position[]): void {
  writer.uint(named.length);
  let before: Uint8Array = new Uint8Array();
  for (const [name] of named) {
    const bytes = toUtf8(name);
    const shared = sharedLength(before, bytes);
    writer.uint(shared);
    writer.uint(bytes.length - shared);
    writer.bytes(bytes.subarray(shared));
    before = bytes;
  }
}

function readNames(reader: ByteReader, names: Partition[]): void {
  let before: Uint8Array = new Uint8Array();
  let previous: Partition | undefined;
  for (let left = bounded(reader); left > 0; left--) {
    const bytes = readName(reader, before);
    const name = decodeText(bytes);
    if (NUMBERED.test(name) || (previous !== undefined && name <= previous)) {
      throw new MalformedError("its partitions are not in order");
    }
    names.push(name);
    before = bytes;
    previous = name;
  }
}

function readName(reader: ByteReader, before: Uint8Array): Uint8Array {
  const shared = reader.uint();
  if (shared > before.length) throw new MalformedError("a name in it shares more than there is");
  const rest = reader.bytes(reader.uint());
  const bytes = new Uint8Array(shared + rest.length);
  bytes.set(before.subarray(0, shared));
  bytes.set(rest, shared);
  if (sharedLength(before, bytes) !== shared) {
    throw new MalformedError("a name in it is not in its shortest form");
  }
  return bytes;
}

/** A count of things that take a byte each at least, so that a short text can't ask for much work. */
function bounded(reader: ByteReader): number {
  const count = reader.uint();
  if (count > reader.remaining) throw new MalformedError("it is cut off");
  return count;
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}

function unzigzag(value: bigint): bigint {
  return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
}
