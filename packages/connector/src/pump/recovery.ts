/** Recovery: what of an engine's past was delivered, told from the steps that it still keeps. */

import {
  type ConnectorId,
  EMPTY,
  type Frontier,
  type Incarnation,
  type StepHistory,
} from "@tidemark/core";

import { type Recovered } from "../engine.ts";
import { type Progress } from "../source.ts";
import { NumberLines } from "./number-lines.ts";
import { type LoggedStep } from "./step-log.ts";

/** The oldest step up to which, for all that is known, an output without a memory may be. */
export function forgottenStep({ undelivered, step }: Recovered): bigint {
  const first = undelivered[0];
  return first === undefined ? step : first.step - 1n;
}

/** The number lines of every connector that storage knows, given the last delivered step. */
export function restoreLines(
  recovered: Recovered,
  delivered: bigint,
  history: StepHistory,
): Map<ConnectorId, NumberLines> {
  const lines = new Map<ConnectorId, NumberLines>();
  const restore = (connector: ConnectorId, known: Progress): void => {
    let own = lines.get(connector);
    if (own === undefined) lines.set(connector, (own = new NumberLines(connector, history)));
    own.restore(known, deliveredOf(recovered, delivered, { connector, ...known }), delivered);
  };
  for (const { connector, incarnation, finalFrontier } of recovered.ended) {
    restore(connector, { incarnation, frontier: finalFrontier });
  }
  for (const [connector, progress] of recovered.progress) restore(connector, progress);
  return lines;
}

/**
 * An incarnation changes at most once in a step, so each one stands in the progress of some step:
 * one that stands only in steps not delivered began after the delivered one, and one that stands in
 * none of those kept had ended before.
 */
function deliveredOf(
  { step, undelivered }: Recovered,
  delivered: bigint,
  known: { readonly connector: ConnectorId } & Progress,
): Frontier {
  if (delivered >= step) return known.frontier;
  const at = undelivered.find((entry) => entry.step === delivered)?.progress.get(known.connector);
  if (at?.incarnation === known.incarnation) return at.frontier;
  const beganLater = undelivered.some(
    (entry) =>
      entry.step > delivered &&
      entry.progress.get(known.connector)?.incarnation === known.incarnation,
  );
  return beganLater ? EMPTY : known.frontier;
}

/** The steps after the delivered one, and what each one moved. */
export function undeliveredSteps(recovered: Recovered, delivered: bigint): readonly LoggedStep[] {
  let before: ReadonlyMap<ConnectorId, Progress> = new Map();
  const steps: LoggedStep[] = [];
  for (const { step, progress, changedViews } of recovered.undelivered) {
    if (step > delivered) {
      const moved = moves(recovered, before, progress);
      // When they were taken in is not kept.
      const unknown = {
        records: 0,
        ingestedAtMs: new Map<ConnectorId, number>(),
        processedAtMs: 0,
      };
      steps.push({ step, changedViews, moved, ...unknown });
    }
    before = progress;
  }
  return steps;
}

function moves(
  recovered: Recovered,
  before: ReadonlyMap<ConnectorId, Progress>,
  after: ReadonlyMap<ConnectorId, Progress>,
): ReadonlyMap<ConnectorId, readonly Progress[]> {
  const moved = new Map<ConnectorId, readonly Progress[]>();
  for (const [connector, progress] of after) {
    const earlier = before.get(connector);
    const ended =
      earlier === undefined || earlier.incarnation === progress.incarnation
        ? []
        : endOf(recovered, connector, earlier.incarnation);
    moved.set(connector, [...ended, progress]);
  }
  return moved;
}

function endOf(
  recovered: Recovered,
  connector: ConnectorId,
  incarnation: Incarnation,
): readonly Progress[] {
  return recovered.ended
    .filter((ended) => ended.connector === connector && ended.incarnation === incarnation)
    .map(({ finalFrontier }) => ({ incarnation, frontier: finalFrontier }));
}
