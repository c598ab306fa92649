/** Laws of the heap, and what it costs. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Heap, type HeapEntry } from "./heap.ts";

function entry(target: bigint): HeapEntry {
  return { target, slot: 0 };
}

function take(heap: Heap<HeapEntry>, offset: bigint): bigint[] {
  return ascending(heap.take(offset).map(({ target }) => target));
}

const targets = fc.array(fc.bigInt({ min: 0n, max: 30n }), { maxLength: 60 });

function ascending(values: readonly bigint[]): bigint[] {
  return values.toSorted((a, b) => Number(a - b));
}

test("a heap gives out what an offset has reached, lowest first, and keeps the rest", () => {
  fc.assert(
    fc.property(targets, fc.bigInt({ min: 0n, max: 30n }), (all, offset) => {
      const heap = new Heap<HeapEntry>();
      for (const target of all) heap.add(entry(target));
      expect(take(heap, offset)).toEqual(ascending(all.filter((target) => target <= offset)));
      expect(heap.size).toBe(all.filter((target) => target > offset).length);
      expect(take(heap, 30n)).toEqual(ascending(all.filter((target) => target > offset)));
    }),
  );
});

test("any entry can be taken out at any time", () => {
  fc.assert(
    fc.property(targets, fc.array(fc.nat({ max: 59 })), (all, removals) => {
      const heap = new Heap<HeapEntry>();
      const entries = new Map(all.map((target, i) => [i, entry(target)]));
      for (const one of entries.values()) heap.add(one);
      for (const i of removals) {
        const gone = entries.get(i);
        if (gone !== undefined) heap.remove(gone);
        entries.delete(i);
      }
      const left = [...entries.values()].map(({ target }) => target);
      expect(heap.size).toBe(left.length);
      expect(take(heap, 30n)).toEqual(ascending(left));
    }),
  );
});

test("a heap gives out what each of rising offsets has reached, while others come in", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(targets, fc.bigInt({ min: 0n, max: 30n }))), (rounds) => {
      const heap = new Heap<HeapEntry>();
      let left: bigint[] = [];
      for (const [all, offset] of rounds) {
        for (const target of all) heap.add(entry(target));
        left.push(...all);
        expect(take(heap, offset)).toEqual(ascending(left.filter((target) => target <= offset)));
        left = left.filter((target) => target > offset);
      }
      expect(heap.size).toBe(left.length);
    }),
  );
});

test("L14: adding, removing and taking out look at a logarithm of the entries for each", () => {
  let looks = 0;
  const counting = (target: bigint): HeapEntry => ({
    slot: 0,
    get target() {
      looks++;
      return target;
    },
  });
  const heap = new Heap<HeapEntry>();
  const size = 2 ** 14;
  const entries = Array.from({ length: size }, (_, i) => counting(BigInt((i * 7919) % size)));
  const most = 4 * 14;
  const looksOf = (work: () => void): number => {
    looks = 0;
    work();
    return looks;
  };
  for (const one of entries) expect(looksOf(() => heap.add(one))).toBeLessThanOrEqual(most);
  expect(looksOf(() => heap.take(-1n))).toBe(1);
  for (const one of entries.filter((_, i) => i % 2 === 0)) {
    expect(looksOf(() => heap.remove(one))).toBeLessThanOrEqual(most);
  }
  for (let offset = 0n; offset < size / 4; offset += 8n) {
    const before = heap.size;
    const cost = looksOf(() => heap.take(offset));
    expect(cost).toBeLessThanOrEqual(2 + most * (before - heap.size));
  }
  const rest = heap.size;
  expect(looksOf(() => heap.take(BigInt(size)))).toBeLessThanOrEqual(2 * rest);
  expect(heap.size).toBe(0);
});
