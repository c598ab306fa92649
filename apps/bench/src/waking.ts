/** Waking waiters: what one costs, however many wait, and what those not woken cost. */

import { type Board } from "@tidemark/core";

import { boardAt, claimTo, publish } from "./measured-board.ts";
import { median, type Row } from "./row.ts";

const ROUNDS = 5;

/** Microseconds a waiter with 1, 1,000 and 100,000 woken; and waking one beside 100,000 that go on waiting. */
export async function measureWaking(): Promise<readonly Row[]> {
  // What does not count: everything is compiled once.
  for (let warmUp = 0; warmUp < 50; warmUp += 1) {
    wakeAll(1000);
    wakeOneByOne(1000);
  }
  const one = median(rounds(() => wakeOneByOne(1000)));
  return [
    row("wake all of 1,000 waiters", median(rounds(() => wakeAll(1000))), one),
    row("wake all of 100,000 waiters", median(rounds(() => wakeAll(100_000))), one),
    row("wake one of 100,000 waiters", median(rounds(() => wakeOneByOne(100_000))), one),
  ];
}

function row(name: string, each: number, one: number): Row {
  return {
    name: `core: ${name}`,
    ours: `${each.toFixed(2)} µs each`,
    reference: `${one.toFixed(2)} µs (one of 1,000)`,
    ratio: each / one,
    aim: "under 1 µs each with 100,000",
  };
}

function rounds(measure: () => number): readonly number[] {
  return Array.from({ length: ROUNDS }, measure);
}

/** Microseconds a waiter when one publish wakes all. */
function wakeAll(waiting: number): number {
  const board = boardWith(waiting);
  const began = performance.now();
  publish(board, BigInt(waiting));
  const spent = performance.now() - began;
  if (board.waiting !== 0) throw new Error(`${board.waiting} still wait`);
  return (spent * 1000) / waiting;
}

/** Microseconds a publish that wakes exactly one, while the others go on waiting. */
function wakeOneByOne(waiting: number): number {
  const board = boardWith(waiting);
  const woken = Math.min(waiting, 1000);
  const began = performance.now();
  for (let i = 1; i <= woken; i += 1) publish(board, BigInt(i));
  const spent = performance.now() - began;
  if (board.waiting !== waiting - woken) throw new Error(`${board.waiting} still wait`);
  return (spent * 1000) / woken;
}

function boardWith(waiting: number): Board {
  const board = boardAt(0n);
  for (let target = 1; target <= waiting; target += 1) {
    board.register([claimTo(BigInt(target))], () => undefined);
  }
  return board;
}
