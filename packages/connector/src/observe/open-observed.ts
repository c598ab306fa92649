/** Opening a pipeline that someone else's engine runs. */

import { Board, type ConnectorId } from "@tidemark/core";
import { type Program } from "@tidemark/program";

import { type Clock } from "../clock.ts";
import { connectorIdOf } from "../identity.ts";
import { type Log } from "../log.ts";
import { type ObserverFactory } from "../observer.ts";
import { named } from "../pump/declared.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { type SecretLookup } from "../secrets/reference.ts";
import { type DeclaredObserver, declaredObservers } from "./declared-observers.ts";
import { ObservedInput } from "./observed-input.ts";
import { ObservedPipeline } from "./observed-pipeline.ts";
import { type PacingLimits } from "./pacing.ts";

/** What an observed pipeline is opened with. */
export interface ObservedOptions {
  readonly program: Program;
  /** By the transport's name. */
  readonly observers: ReadonlyMap<string, ObserverFactory>;
  /** What connectors refer to. */
  readonly secrets: SecretLookup;
  /** The path of a folder per name, which need not be there. */
  readonly directory: (name: string) => string;
  /** The same for every start of the same pipeline, so that its tokens outlive restarts. */
  readonly life: string;
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly pacing: PacingLimits;
  readonly log: Log;
  /** Ends the opening early. */
  readonly signal: AbortSignal;
}

/**
 * Opens an observer for every connector of a table and reads each once. Rejects where one can't be
 * reached, with a `ConfigError` where its configuration is at fault.
 */
export async function openObserved(options: ObservedOptions): Promise<RunningPipeline> {
  const { program, observers, secrets, life, clock, signal } = options;
  const declared = declaredObservers(program, observers, secrets);
  await using opening = new AsyncDisposableStack();
  const board = new Board();
  const closing = new AbortController();
  const inputs = new Map<ConnectorId, ObservedInput>();
  const opened = await Promise.allSettled(
    declared.map(async (each) => {
      const input = await open(each, options, { board, closed: closing.signal, opening });
      inputs.set(input.id, input);
    }),
  );
  const failed = opened.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  signal.throwIfAborted();
  const startedAtMs = clock.wallMs();
  return new ObservedPipeline({
    life,
    board,
    inputs,
    closing,
    clock,
    startedAtMs,
    stack: opening.move(),
  });
}

async function open(
  { table, declaration, connector, endpoint, factory }: DeclaredObserver,
  { life, directory, clock, random, pacing, log, signal }: ObservedOptions,
  to: {
    readonly board: Board;
    readonly closed: AbortSignal;
    readonly opening: AsyncDisposableStack;
  },
): Promise<ObservedInput> {
  try {
    const observer = await factory.open({
      table,
      connector,
      endpoint,
      life,
      directory: directory(`input:${endpoint}`),
    });
    to.opening.use(observer);
    const id = connectorIdOf(table.id.name, declaration.name);
    const { board, closed } = to;
    const given = { table, declaration, endpoint, board, clock, random, pacing, log, closed };
    const input = new ObservedInput({ ...given, id, observer });
    await input.first({ signal });
    return input;
  } catch (error) {
    throw named(endpoint, error);
  }
}
