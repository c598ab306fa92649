/** Waking waiters: what one costs, however many wait, and what those not woken cost. */

import { Board, connectorId, frontier, incarnation } from "@tidemark/core";

import { median, type Row } from "./row.ts";

const connector = connectorId("AbCdEfGhIjK");
const life = incarnation("AbCdEfGhIjKlMnOp");
const ROUNDS = 5;

/** Microseconds a waiter with 1, 1,000 and 100,000 woken; and waking one beside 100,000 that go on waiting. */
export async function measureWaking(): Promise<readonly Row[]> {
  const one = wake(1, 1);
  return [1000, 100_000].map((waiters) => row(waiters, waiters, one)).concat(row(100_000, 1, one));
}

function row(waiting: number, woken: number, one: number): Row {
  const each = wake(waiting, woken);
  return {
    name: `core: wake ${woken.toLocaleString("en-US")} of ${waiting.toLocaleString("en-US")} waiters`,
    ours: `${each.toFixed(2)} µs each`,
    reference: `${one.toFixed(2)} µs (1 of 1)`,
    ratio: each / one,
    aim: "under 1 µs each with 100,000",
  };
}

/** Median microseconds a woken waiter, over rounds of one publish. */
function wake(waiting: number, woken: number): number {
  const repeats = Math.max(1, Math.floor(2000 / woken));
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let spent = 0;
    for (let repeat = 0; repeat < repeats; repeat += 1) spent += wakeOnce(waiting, woken);
    rounds.push((spent * 1000) / (woken * repeats));
    if (waiting > 1000 && repeats > 1) break;
  }
  return median(rounds);
}

function wakeOnce(waiting: number, woken: number): number {
  const board = new Board();
  publish(board, 0n);
  let settled = 0;
  for (let i = 0; i < waiting; i += 1) {
    const target = i < woken ? BigInt(i + 1) : BigInt(1_000_000 + i);
    const claim = {
      connector,
      incarnation: life,
      frontier: frontier([["0", target]]),
      level: "delivered",
    } as const;
    board.register([claim], () => {
      settled += 1;
    });
  }
  const began = performance.now();
  publish(board, BigInt(woken));
  const spent = performance.now() - began;
  if (settled !== woken) throw new Error(`${settled} woken, expected ${woken}`);
  return spent;
}

function publish(board: Board, offset: bigint): void {
  board.publish({
    connector,
    incarnation: life,
    frontier: frontier([["0", offset]]),
    level: "delivered",
    atMs: 0,
    ended: () => undefined,
    reasons: [],
  });
}
