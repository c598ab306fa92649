/** Laws of the heap, and what it costs. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Heap, type HeapEntry } from "./heap.ts";

function entry(target: bigint): HeapEntry {
  return { target, slot: 0 };
}

function drain(heap: Heap<HeapEntry>, offset: bigint): bigint[] {
  const popped: bigint[] = [];
  for (let next = heap.pop(offset); next !== undefined; next = heap.pop(offset)) {
    popped.push(next.target);
  }
  return popped;
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
      expect(drain(heap, offset)).toEqual(ascending(all.filter((target) => target <= offset)));
      expect(heap.size).toBe(all.filter((target) => target > offset).length);
      expect(drain(heap, 30n)).toEqual(ascending(all.filter((target) => target > offset)));
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
      expect(drain(heap, 30n)).toEqual(ascending(left));
    }),
  );
});

test("L14: adding, taking out and removing look at a logarithm of the entries", () => {
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
  for (const one of entries) {
    looks = 0;
    heap.add(one);
    expect(looks).toBeLessThanOrEqual(most);
  }
  looks = 0;
  expect(heap.pop(-1n)).toBeUndefined();
  expect(looks).toBe(1);
  for (const one of entries.filter((_, i) => i % 2 === 0)) {
    looks = 0;
    heap.remove(one);
    expect(looks).toBeLessThanOrEqual(most);
  }
  for (let left = heap.size; left > 0; left--) {
    looks = 0;
    heap.pop(BigInt(size));
    expect(looks).toBeLessThanOrEqual(most);
  }
  expect(heap.size).toBe(0);
});
