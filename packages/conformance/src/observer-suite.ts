/** What every observer must do. */

import { type Observer, type Progress, ReceiptError } from "@tidemark/connector";
import { type Claim, connectorId, judge, type Verdict } from "@tidemark/core";
import { describe, expect, test } from "vitest";

/** A source with an engine outside that takes from it, where observers can be opened one after the other. */
export interface ObservedPlace extends AsyncDisposable {
  /** Opens an observer in a life of the pipeline. */
  open(life: string): Promise<Observer>;
  /** Writes one record; answers what the source answered, as a receipt, once it is acknowledged. */
  write(): Promise<string>;
  /** Has the engine take all that is there, and commit that it did. */
  take(): Promise<void>;
}

const CONNECTOR = connectorId("observed");
const { signal } = new AbortController();

/** Runs the suite; `setUp` makes a source of its own, of which nothing has been taken. */
export function observerSuite(name: string, setUp: () => Promise<ObservedPlace>): void {
  describe(`observer ${name}`, () => {
    test("a write is complete once the engine has committed that it took it, and pending with a reason before", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      await place.take();
      const receipt = await place.write();
      const claims = [await receiptClaim(observer, receipt), await headClaim(observer)];
      for (const claim of claims) {
        // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its claim
        const told = await verdict(observer, claim);
        expect(told.kind).toBe("pending");
        expect(told.kind === "pending" ? told.reasons : []).not.toEqual([]);
      }
      await place.take();
      const told = claims.map((claim) => verdict(observer, claim));
      expect(await Promise.all(told)).toEqual([{ kind: "complete" }, { kind: "complete" }]);
    });

    test("the source's end covers every write that was acknowledged before it was asked for", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      await place.take();
      for (let i = 0; i < 5; i += 1) {
        // oxlint-disable no-await-in-loop -- each write comes after all before it
        await place.write();
        const claim = await headClaim(observer);
        expect((await verdict(observer, claim)).kind).toBe("pending");
        await place.take();
        expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
        // oxlint-enable no-await-in-loop
      }
    });

    test("a receipt covers its write, and asks for none that came after it", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      const first = await receiptClaim(observer, await place.write());
      await place.take();
      const second = await receiptClaim(observer, await place.write());
      expect(await verdict(observer, first)).toEqual({ kind: "complete" });
      expect((await verdict(observer, second)).kind).toBe("pending");
    });

    test("asking changes nothing, however often and for whatever", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      await place.take();
      const claim = await receiptClaim(observer, await place.write());
      const told = await verdict(observer, claim);
      await Promise.all(Array.from({ length: 20 }, () => headClaim(observer)));
      expect((await verdict(observer, claim)).kind).toBe(told.kind);
      await place.take();
      expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
      expect(await verdict(observer, claim)).toEqual({ kind: "complete" });
    });

    test("a claim outlives the observer that it came from, and is lost in another life", async () => {
      await using place = await setUp();
      await place.take();
      const receipt = await place.write();
      let claim: Claim;
      {
        await using observer = await place.open("one");
        claim = await receiptClaim(observer, receipt);
      }
      await using again = await place.open("one");
      expect((await verdict(again, claim)).kind).toBe("pending");
      await place.take();
      expect(await verdict(again, claim)).toEqual({ kind: "complete" });
      await using other = await place.open("another");
      expect((await verdict(other, claim)).kind).toBe("lost");
    });

    test("what is no receipt is refused as such", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      const refused = await receiptOf(observer, "no receipt").catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ReceiptError);
      expect(refused).toMatchObject({ kind: "malformed" });
    });

    test("a caller that gives up is told its own reason, and leaves the others their readings", async () => {
      await using place = await setUp();
      await using observer = await place.open("one");
      await place.take();
      const claim = await receiptClaim(observer, await place.write());
      const leaving = new AbortController();
      const reason = new Error("left");
      const left = observer.observe({ wanted: claim.frontier, signal: leaving.signal });
      const stayed = verdict(observer, claim);
      leaving.abort(reason);
      await expect(left).rejects.toBe(reason);
      expect((await stayed).kind).toBe("pending");
    });
  });
}

function receiptOf(observer: Observer, text: string): Promise<Progress> {
  if (observer.receipt === undefined) throw new TypeError("the source gives no receipts");
  return observer.receipt(text, { signal });
}

async function receiptClaim(observer: Observer, text: string): Promise<Claim> {
  return claimOn(observer, await receiptOf(observer, text));
}

async function headClaim(observer: Observer): Promise<Claim> {
  return claimOn(observer, await observer.head({ signal }));
}

function claimOn({ tells: { level } }: Observer, progress: Progress): Claim {
  return { connector: CONNECTOR, ...progress, level };
}

async function verdict(observer: Observer, claim: Claim): Promise<Verdict> {
  const { ended = () => undefined, ...observed } = await observer.observe({
    wanted: claim.frontier,
    signal,
  });
  const { level } = observer.tells;
  return judge(claim, { connector: CONNECTOR, level, atMs: 0, ended, ...observed });
}
