/** Opening connectors: the sources and sinks of a pipeline's declared connectors. */

import { type Board } from "@tidemark/core";

import { connectorIdOf } from "../identity.ts";
import { type Source } from "../source.ts";
import {
  type DeclaredInput,
  type DeclaredOutput,
  declaredInputs,
  declaredOutputs,
  named,
} from "./declared.ts";
import { type DeadLetterOptions, DeadLetters } from "./dead-letters.ts";
import { DEFAULT_MAX_REJECTS, Input } from "./input.ts";
import { InputSet } from "./input-set.ts";
import { type PipelineOptions } from "./options.ts";
import { Output, type OutputOptions } from "./output.ts";
import { Pump } from "./pump.ts";
import { recordText } from "./record-text.ts";
import { forgottenStep } from "./recovery.ts";
import { outputLine } from "./step-rejects.ts";
import { checkStartOrder } from "./start-order.ts";
import { truncateFault } from "./truncate-fault.ts";

/** A pump ready to be started, and what it is to read. */
export interface OpenConnectors {
  readonly pump: Pump;
  readonly sources: ReadonlyMap<Input, Source>;
}

/**
 * Opens every connector and makes durable where new ones start and which incarnations have ended.
 * All that was opened is put on the stack, also when this rejects.
 */
export async function openConnectors(
  options: PipelineOptions,
  board: Board,
  stack: AsyncDisposableStack,
): Promise<OpenConnectors> {
  const { program, engine, clock, log, limits, paused } = options;
  const inputs = declaredInputs(program, options);
  const outputs = declaredOutputs(program, options);
  checkStartOrder(inputs);
  const parts: OutputParts[] = [];
  for (const output of outputs) parts.push(await openSink(output, options, stack));
  const set = new InputSet(program);
  const { outputFormats } = options;
  const pump = new Pump(
    { program, outputFormats, engine, board, inputs: set, clock, log, limits, paused },
    (changed) =>
      parts.map((part, at) => {
        const deadLetters = deadLettersOf(part, outputs[at], options, (...all) =>
          pump.stepper.reject(...all),
        );
        const deadLetterCount = (): number => pump.rejects.ofAll(part.id);
        return new Output({ ...part, ...deadLetters, deadLetterCount, changed });
      }),
  );
  const sources = new Map<Input, Source>();
  for (const input of inputs) {
    const [opened, source] = await openSource(input, pump, options, stack);
    sources.set(opened, source);
  }
  if (pump.stepper.hasArrivals) await pump.stepper.step();
  return { pump, sources };
}

type OutputParts = Omit<OutputOptions, "changed" | "deadLetters" | "deadLetterCount">;

/** Where an output's refused rows go that its entry wants given up. */
function deadLettersOf(
  { id, view, declaration }: OutputParts,
  declared: DeclaredOutput | undefined,
  { engine, outputFormats, clock }: PipelineOptions,
  reject: DeadLetterOptions["reject"],
): Pick<OutputOptions, "deadLetters"> {
  if (declared === undefined || declaration.onReject !== "dead_letter") return {};
  const columns = engine.views.get(view.id.name) ?? [];
  const deadLetters = new DeadLetters({
    id,
    endpoint: declared.endpoint,
    incarnation: outputLine(engine.life, id),
    maxKept: declaration.maxRejects ?? DEFAULT_MAX_REJECTS,
    recoveredStep: engine.recovered.step,
    engine,
    record: recordText(outputFormats, columns),
    reject,
    wallMs: () => clock.wallMs(),
  });
  return { deadLetters };
}

async function openSink(
  { view, declaration, connector, endpoint, factory, encoder, index }: DeclaredOutput,
  { engine, cell, clock, random, log, limits, connectorPaused }: PipelineOptions,
  stack: AsyncDisposableStack,
): Promise<OutputParts> {
  const columns = engine.views.get(view.id.name) ?? [];
  const { step } = engine.recovered;
  const sink = await factory
    .open({
      view: view.id.name,
      columns,
      connector,
      ...(index === undefined ? {} : { index }),
      endpoint,
      encoder: () => encoder(columns),
      cell: cell(`output:${endpoint}`),
      life: engine.life,
      step,
    })
    .catch((error: unknown) => {
      throw named(endpoint, error);
    });
  stack.use(sink);
  const held = sink.takenStep ?? 0n;
  if (held > step) {
    throw new Error(
      `output '${endpoint}' holds step ${held}, but the pipeline's storage only goes to step ${step}: ` +
        "it was restored or moved back; clear the pipeline's storage and the output together",
    );
  }
  const forgotten = forgottenStep(engine.recovered);
  const taken = held > forgotten ? held : forgotten;
  const id = connectorIdOf(view.id.name, declaration.name);
  return {
    id,
    view,
    declaration,
    sink,
    engine,
    clock,
    random,
    log,
    retryMs: limits.retryMs,
    taken,
    paused: connectorPaused[endpoint] ?? declaration.paused,
  };
}

async function openSource(
  declared: DeclaredInput,
  pump: Pump,
  { engine, clock, connectorPaused, directory }: PipelineOptions,
  stack: AsyncDisposableStack,
): Promise<readonly [Input, Source]> {
  const { table, declaration, connector, endpoint, factory, decoder } = declared;
  const id = connectorIdOf(table.id.name, declaration.name);
  const resume = engine.recovered.progress.get(id);
  const early: string[] = [];
  let tell = (message: string | undefined): void => {
    if (message !== undefined) early.push(message);
  };
  const { life, epoch } = engine;
  const source = await factory
    .open({
      table,
      connector,
      endpoint,
      decoder,
      directory: directory(`input:${endpoint}`),
      life,
      epoch,
      ...(resume === undefined ? {} : { resume }),
      trouble: (message) => tell(message),
      onReject: declared.onReject,
    })
    .catch((error: unknown) => {
      throw named(endpoint, error);
    });
  stack.use(source);
  const lines = pump.publisher.lines(id);
  const { start, tells } = source;
  lines.begin(start, resume, pump.log.delivered);
  const { maxQueuedRecords: records, maxQueuedBytes: bytes } = declaration;
  const wallMs = (): number => clock.wallMs();
  const { name } = declaration;
  const queue = { records, bytes };
  const context = { id, table, inputs: pump.inputs, recovered: engine.recovered };
  const stopsAtRejects = declared.onReject === "stop";
  const input = new Input({
    id,
    table,
    name,
    declaration,
    queue,
    lines,
    start,
    tells,
    truncateFault: () => truncateFault(context),
    wallMs,
    stopsAtRejects,
  });
  tell = (message) => pump.tellTrouble(input, message);
  for (const message of early) tell(message);
  setStartState(input, declared, connectorPaused[endpoint]);
  pump.inputs.add(input);
  if (resume?.incarnation !== start.incarnation) pump.stepper.announce(input);
  return [input, source];
}

function setStartState(
  input: Input,
  { declaration }: DeclaredInput,
  asked: boolean | undefined,
): void {
  const waits = declaration.startAfter.length > 0;
  input.pausedByUser = asked ?? (declaration.paused && !waits);
  input.waitingFor = asked === undefined ? declaration.startAfter : [];
}
