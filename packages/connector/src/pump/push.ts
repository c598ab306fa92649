/** Pushing: a request's body, read chunk by chunk into the queue of its endpoint. */

import { identifier, type Program, type Table } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type Decoded, type Decoder, type InputFormat, type RecordError } from "../format.ts";
import { type Push, type Pushed, UnknownTableError } from "../running-pipeline.ts";
import { type Progress } from "../source.ts";
import { abortable } from "../abortable.ts";
import { type Pump } from "./pump.ts";
import { type PushEndpoint, type PushEndpoints } from "./push-endpoints.ts";

const REPORTED_ERRORS = 1000;

/** What pushing goes by. */
export interface PushOptions {
  readonly program: Program;
  readonly inputFormats: ReadonlyMap<string, InputFormat>;
  readonly endpoints: PushEndpoints;
  readonly pump: Pump;
  /** Aborts, with the reason to reject with, when no more is taken. */
  readonly closed: AbortSignal;
}

/** Takes pushes. Each request has its own decoder, so events are counted per request. */
export class Pusher {
  readonly #options: PushOptions;

  constructor(options: PushOptions) {
    this.#options = options;
  }

  /** Resolves when the whole body is queued; what was queued before a fault stays so. */
  async push(push: Push): Promise<Pushed> {
    const { closed, endpoints, pump } = this.#options;
    closed.throwIfAborted();
    const decoder = this.#decoder(push);
    const endpoint = endpoints.get(decoder.table, push.format);
    const { input } = endpoint;
    const signal = AbortSignal.any([push.signal, closed]);
    const intake = new Intake(endpoint, pump);
    await input.gate.until(() => pump.stepper.isAnnounced(input), { signal });
    const mayRead = (): boolean => push.force || !(pump.paused || input.paused);
    const mayAccept = (): boolean => input.queue.hasRoom && mayRead();
    const accept = async (decoded: Decoded): Promise<void> => {
      if (decoded.records > 0) await input.gate.until(mayAccept, { signal });
      intake.accept(decoded);
    };
    await input.gate.until(mayRead, { signal });
    for await (const chunk of chunks(push.body, signal)) await accept(decoder.push(chunk));
    await accept(decoder.finish());
    return intake.pushed();
  }

  #decoder({ table: spelling, format: { name, config } }: Push): Decoder & { table: Table } {
    const format = this.#options.inputFormats.get(name);
    if (format === undefined) {
      const known = [...this.#options.inputFormats.keys()].join(", ");
      const message = `unknown format '${name}'; there are: ${known}`;
      throw new ConfigError("format.name", message, "unknown-format");
    }
    const { name: canonical } = identifier(spelling);
    const table = this.#options.program.tables.find(({ id }) => id.name === canonical);
    if (table === undefined) throw new UnknownTableError(spelling);
    const decoder = format.decoder({ table, config });
    return { table, push: (bytes) => decoder.push(bytes), finish: () => decoder.finish() };
  }
}

/** What one push has given so far. */
class Intake {
  readonly #endpoint: PushEndpoint;
  readonly #pump: Pump;
  #progress: Progress | undefined;
  #consumed = 0n;
  #records = 0;
  #errorCount = 0;
  #errors: readonly RecordError[] = [];

  constructor(endpoint: PushEndpoint, pump: Pump) {
    this.#endpoint = endpoint;
    this.#pump = pump;
  }

  accept(decoded: Decoded): void {
    const { input, source } = this.#endpoint;
    const bytes = Number(decoded.consumedBytes - this.#consumed);
    this.#consumed = decoded.consumedBytes;
    this.#errorCount += decoded.errors.length;
    if (this.#errors.length < REPORTED_ERRORS) {
      this.#errors = [...this.#errors, ...decoded.errors].slice(0, REPORTED_ERRORS);
    }
    if (decoded.records === 0) return input.addParseErrors(decoded);
    const batch = source.accept(decoded, bytes);
    input.receive(batch);
    this.#progress = input.received;
    this.#records += batch.records;
    return this.#pump.stepper.wake();
  }

  pushed(): Pushed {
    const { input } = this.#endpoint;
    return {
      connector: input.id,
      progress: this.#progress ?? input.received,
      records: this.#records,
      errorCount: this.#errorCount,
      errors: this.#errors,
    };
  }
}

/** The body's chunks; gives up on a body that stalls when the signal aborts. */
async function* chunks(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    iterator.return?.().catch(() => undefined);
  }
}
