/** Step rejects: what the batches of a step rejected, by connector and incarnation. */

import {
  type ConnectorId,
  type Frontier,
  type Incarnation,
  type Offset,
  offset,
  offsetAt,
  type Partition,
} from "@tidemark/core";

import { type RecordError } from "../format.ts";
import { incarnationOf } from "../identity.ts";
import { type Reject, type RejectMark, type StepRejects } from "../reject.ts";

/** Whose rejects they are. */
export type RejectedBy = Pick<StepRejects, "connector" | "endpoint" | "incarnation" | "maxKept">;

/** Where the rejects of an output stand: each at the step that it was given with. */
export const STEPS: Partition = "steps";

/** The number line of an output's rejects, which ends with the engine's storage. */
export function outputLine(life: string, output: ConnectorId): Incarnation {
  return incarnationOf(life, "output", output);
}

/** A longer record is cut: one row must not weigh more than many. */
const MAX_RECORD_CHARACTERS = 4000;

/** Collects rejects until the step is committed. */
export class RejectCollector {
  readonly #all = new Map<string, Collected>();

  /** Takes rejects of one connector and incarnation, in order. */
  add(by: RejectedBy, rejects: readonly Reject[]): void {
    if (rejects.length === 0) return;
    const key = JSON.stringify([by.connector, by.incarnation]);
    let collected = this.#all.get(key);
    if (collected === undefined) this.#all.set(key, (collected = { by, marks: [], latest: [] }));
    for (const reject of rejects) mark(collected.marks, reject);
    const latest = [...collected.latest, ...rejects.slice(-by.maxKept)];
    collected.latest = by.maxKept === 0 ? [] : latest.slice(-by.maxKept);
  }

  /** What was collected. */
  build(): readonly StepRejects[] {
    return [...this.#all.values()].map(({ by, marks, latest }) => {
      const count = marks.reduce((sum, each) => sum + each.count, 0);
      return { ...by, count, marks, latest };
    });
  }
}

interface Collected {
  readonly by: RejectedBy;
  readonly marks: RejectMark[];
  latest: readonly Reject[];
}

/** Lengthens the last mark where the reject stands at its last offset or right behind it. */
function mark(marks: RejectMark[], { partition, offset: at }: Reject): void {
  const last = marks.at(-1);
  if (last !== undefined && last.partition === partition) {
    const isSingle = last.first === last.last;
    if (at === undefined || (isSingle && at === last.last)) {
      marks[marks.length - 1] = { ...last, count: last.count + 1 };
      return;
    }
    const isRun = BigInt(last.count) === last.last - last.first + 1n;
    if (isRun && at === last.last + 1n) {
      marks[marks.length - 1] = { ...last, last: at, count: last.count + 1 };
      return;
    }
  }
  const place = at ?? offset(0n);
  marks.push({
    ...(partition === undefined ? {} : { partition }),
    first: place,
    last: place,
    count: 1,
  });
}

/**
 * The rejects of a batch. One that its source gave no place stands at the last offset that the batch
 * covers, so that every token which covers the batch counts it.
 */
export function rejectsOf(
  errors: readonly RecordError[],
  {
    before,
    after,
    atMs,
  }: { readonly before: Frontier; readonly after: Frontier; readonly atMs: number },
): readonly Reject[] {
  const end = errors.every(({ position }) => position !== undefined)
    ? undefined
    : lastCovered(before, after);
  return errors.map((error) => {
    const [partition, at] = error.position ?? end ?? [];
    return {
      ...(partition === undefined || at === undefined ? {} : { partition, offset: at }),
      atMs,
      error: error.description,
      field: error.field,
      record: recordText(error),
    };
  });
}

function lastCovered(before: Frontier, after: Frontier): readonly [Partition, Offset] | undefined {
  for (const [partition, at] of after.positions) {
    if (at > offsetAt(before, partition)) return [partition, offset(at - 1n)];
  }
  return undefined;
}

function recordText({ invalidText, invalidBytes }: RecordError): string | null {
  const text = invalidText ?? (invalidBytes === null ? null : bytesText(invalidBytes));
  return text === null ? null : cutRecord(text);
}

/** A record as it is kept: a longer one is cut. */
export function cutRecord(text: string): string {
  if (text.length <= MAX_RECORD_CHARACTERS) return text;
  return `${text.slice(0, MAX_RECORD_CHARACTERS)}…`;
}

/** As PostgreSQL writes bytes in hexadecimal. */
function bytesText(bytes: readonly number[]): string {
  return `\\x${Buffer.from(bytes.slice(0, MAX_RECORD_CHARACTERS / 2)).toString("hex")}`;
}
