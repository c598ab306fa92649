/** What every source of pushed records must do. */

import { type Decoded, type PushSource, type PushSourceFactory } from "@tidemark/connector";
import { connectorId, epoch, equal, lessEqual } from "@tidemark/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Runs the suite. */
export function pushSourceSuite(name: string, factory: PushSourceFactory): void {
  const open = (run: number, resume?: PushSource["start"], life = "life"): PushSource =>
    factory.open({
      connector: connectorId("c"),
      endpoint: "t.c",
      life,
      epoch: epoch(run),
      ...(resume === undefined ? {} : { resume }),
    });

  describe(`push source ${name}`, () => {
    test("acceptance numbers records in order, on one number line", () => {
      fc.assert(
        fc.property(fc.array(fc.nat(5)), (sizes) => {
          const source = open(1);
          let last = source.start;
          for (const size of sizes) {
            const given = decoded(size);
            const batch = source.accept(given, 7);
            expect(batch).toMatchObject({ changes: given.changes, records: size, bytes: 7 });
            expect(batch.incarnation).toBe(source.start.incarnation);
            expect(lessEqual(last.frontier, batch.frontier)).toBe(true);
            expect(equal(last.frontier, batch.frontier)).toBe(size === 0);
            last = batch;
          }
        }),
      );
    });

    test("equal numbers of records bring it to equal frontiers, however they were cut", () => {
      const [one, other] = [open(1), open(1)];
      one.accept(decoded(2), 0);
      const cut = one.accept(decoded(3), 0);
      expect(cut.frontier).toEqual(other.accept(decoded(5), 0).frontier);
    });

    test("every run of the engine begins a new incarnation at its origin", () => {
      const first = open(1);
      const reached = first.accept(decoded(3), 0);
      const second = open(2, reached);
      expect(second.start.incarnation).not.toBe(first.start.incarnation);
      expect(second.start.frontier.positions).toEqual([]);
    });

    test("another life of the engine's storage is another incarnation", () => {
      expect(open(1).start.incarnation).not.toBe(open(1, undefined, "other").start.incarnation);
    });

    test("opened twice in one run, it goes on where it was", () => {
      const first = open(1);
      const reached = first.accept(decoded(3), 0);
      const { incarnation, frontier } = reached;
      const again = open(1, { incarnation, frontier });
      expect(again.start).toEqual({ incarnation, frontier });
      expect(again.accept(decoded(1), 0).frontier).toEqual(first.accept(decoded(1), 0).frontier);
    });
  });
}

function decoded(records: number): Decoded {
  const rows = Array.from({ length: records }, (_each, i) => [i]);
  return { changes: { rows }, records, consumedBytes: 0n, errors: [] };
}
