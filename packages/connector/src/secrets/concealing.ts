/** Concealing connectors: the same connectors, with nothing of their secrets in what they say. */

import { type PendingReason } from "@tidemark/core";

import { type Observer, type ObserverFactory } from "../observer.ts";
import { type Sink, type SinkFactory } from "../sink.ts";
import { type Batch, type Source, type SourceFactory } from "../source.ts";
import { type Concealer } from "./concealer.ts";

/** Sources whose errors and troubles hold no secret. */
export function concealingSources(factory: SourceFactory, concealer: Concealer): SourceFactory {
  if (!concealer.hides) return factory;
  const conceal = concealing(concealer);
  return {
    transport: factory.transport,
    format: factory.format,
    ...(factory.onReject === undefined ? {} : { onReject: factory.onReject }),
    validate: (connector, table) => factory.validate(connector, table),
    async open(context) {
      const trouble = (message: string | undefined): void =>
        context.trouble(message === undefined ? undefined : concealer.text(message));
      return sourceOf(await conceal(factory.open({ ...context, trouble })), concealer, conceal);
    },
  };
}

/** Sinks whose errors hold no secret. */
export function concealingSinks(factory: SinkFactory, concealer: Concealer): SinkFactory {
  if (!concealer.hides) return factory;
  const conceal = concealing(concealer);
  return {
    transport: factory.transport,
    format: factory.format,
    ...(factory.usesIndex === undefined ? {} : { usesIndex: factory.usesIndex }),
    ...(factory.refusesRows === undefined ? {} : { refusesRows: factory.refusesRows }),
    validate: (connector) => factory.validate(connector),
    open: async (context) => sinkOf(await conceal(factory.open(context)), conceal),
  };
}

/** Observers whose errors and reasons hold no secret. */
export function concealingObservers(
  factory: ObserverFactory,
  concealer: Concealer,
): ObserverFactory {
  if (!concealer.hides) return factory;
  const conceal = concealing(concealer);
  return {
    transport: factory.transport,
    validate: (connector, table) => factory.validate(connector, table),
    open: async (context) => observerOf(await conceal(factory.open(context)), concealer, conceal),
  };
}

type Conceal = <T>(work: Promise<T>) => Promise<T>;

function concealing(concealer: Concealer): Conceal {
  return (work) =>
    work.catch((error: unknown) => {
      throw concealer.error(error);
    });
}

function sourceOf(source: Source, concealer: Concealer, conceal: Conceal): Source {
  const committed = source.committed?.bind(source);
  const holdup = source.holdup?.bind(source);
  const head = source.head?.bind(source);
  const receipt = source.receipt?.bind(source);
  return {
    tells: source.tells,
    start: source.start,
    batches: (options) => batchesOf(source.batches(options), conceal),
    ...(committed === undefined ? {} : { committed }),
    ...(holdup === undefined ? {} : { holdup: () => concealedReason(holdup(), concealer) }),
    ...(head === undefined ? {} : { head: (options) => conceal(head(options)) }),
    ...(receipt === undefined
      ? {}
      : { receipt: (text, options) => conceal(receipt(text, options)) }),
    [Symbol.asyncDispose]: () => conceal(Promise.resolve(source[Symbol.asyncDispose]())),
  };
}

function concealedReason(
  reason: PendingReason | undefined,
  concealer: Concealer,
): PendingReason | undefined {
  return reason && { ...reason, message: concealer.text(reason.message) };
}

function batchesOf(batches: AsyncIterable<Batch>, conceal: Conceal): AsyncIterable<Batch> {
  return {
    [Symbol.asyncIterator]() {
      const inner = batches[Symbol.asyncIterator]();
      return {
        next: () => conceal(inner.next()),
        async return(value: unknown) {
          if (inner.return === undefined) return { done: true, value };
          return conceal(inner.return(value));
        },
      };
    },
  };
}

function sinkOf(sink: Sink, conceal: Conceal): Sink {
  const { takenStep } = sink;
  return {
    ...(takenStep === undefined ? {} : { takenStep }),
    take: (step, changes) => conceal(sink.take(step, changes)),
    [Symbol.asyncDispose]: () => conceal(Promise.resolve(sink[Symbol.asyncDispose]())),
  };
}

function observerOf(observer: Observer, concealer: Concealer, conceal: Conceal): Observer {
  const receipt = observer.receipt?.bind(observer);
  return {
    tells: observer.tells,
    async observe(options) {
      const observed = await conceal(observer.observe(options));
      const reasons = observed.reasons.map((reason) => ({
        ...reason,
        message: concealer.text(reason.message),
      }));
      return { ...observed, reasons };
    },
    head: (options) => conceal(observer.head(options)),
    ...(receipt === undefined
      ? {}
      : { receipt: (text, options) => conceal(receipt(text, options)) }),
    [Symbol.asyncDispose]: () => conceal(Promise.resolve(observer[Symbol.asyncDispose]())),
  };
}
