/** A body that is interrupted: where it ends, and where it must not. */

import { PassThrough } from "node:stream";

import { expect, test } from "vitest";

import { AsItComes, type Cutting, Uncut, WholeRecords } from "./cutting.ts";
import { InterruptibleBody } from "./interruptible-body.ts";
import { recordEnds } from "./record-ends.ts";

/** Reads a body of which this has come, and interrupts it while it waits for more. */
async function interrupted(
  cutting: Cutting,
  written: string,
): Promise<{ readonly sent: string; readonly end: string }> {
  const source = new PassThrough();
  const interrupt = new AbortController();
  const givenUp = new AbortController();
  const giveUp = (): void => givenUp.abort();
  const body = new InterruptibleBody(source, { cutting, signal: interrupt.signal, giveUp });
  const iterator = body[Symbol.asyncIterator]();
  source.write(written);
  const first = await iterator.next();
  const next = iterator.next();
  interrupt.abort();
  const sent = Buffer.from(first.value ?? []).toString();
  const end = await next.then(
    ({ done }) => (done === true ? "ended" : "went on"),
    () => (givenUp.signal.aborted ? "given up" : "failed"),
  );
  return { sent, end };
}

test("a body of lines ends behind the last whole one", async () => {
  const cutting = new WholeRecords(recordEnds("json", {}));
  expect(await interrupted(cutting, '{"n":1}\n{"n"')).toEqual({ sent: `{"n":1}\n`, end: "ended" });
});

test.each([
  { written: '[{"n":1}]\n ', end: "ended" },
  { written: '[{"n":1}]\n[', end: "given up" },
  { written: "[{", end: "given up" },
])(
  "an array that is whole ends its body, any other is given up: $written",
  async ({ written, end }) => {
    const cutting = new AsItComes(recordEnds("json", {}));
    expect(await interrupted(cutting, written)).toEqual({ sent: written, end });
  },
);

test("a body under a key and an atomic one never end early, also behind a whole record", async () => {
  const written = '{"n":1}\n';
  expect(await interrupted(new Uncut(), written)).toEqual({ sent: written, end: "given up" });
});
