/** Pushing: a request's body, read chunk by chunk into the queue of its endpoint. */

import {
  type ColumnType,
  identifier,
  type JsonObject,
  type Program,
  type Table,
} from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type Decoded, type Decoder, type InputFormat } from "../format.ts";
import { type Push, type Pushed, UnknownTableError } from "../running-pipeline.ts";
import { type Metadata } from "../value.ts";
import { abortable } from "../abortable.ts";
import { closedFor } from "./closed-error.ts";
import { type Input } from "./input.ts";
import { type Pump } from "./pump.ts";
import { type PushEndpoint, type PushEndpoints } from "./push-endpoints.ts";
import { AtomicIntake } from "./push-atomic.ts";
import { type BodyIntake, type IntakeOptions, PlainIntake } from "./push-intake.ts";
import { KeyedIntake } from "./push-keyed.ts";

/** What pushing goes by. */
export interface PushOptions {
  readonly program: Program;
  readonly inputFormats: ReadonlyMap<string, InputFormat>;
  readonly endpoints: PushEndpoints;
  readonly pump: Pump;
  /** The most bytes of a body that is taken whole or not at all. */
  readonly mostAtomicBytes: number;
  readonly wallMs: () => number;
  /** Aborts, with the reason to reject with, when no more is taken. */
  readonly closed: AbortSignal;
}

/** Takes pushes. Each request has its own decoder, so events are counted per request. */
export class Pusher {
  readonly #options: PushOptions;

  constructor(options: PushOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the whole body is queued, or committed where the push asks for that or carries a
   * key; what was queued before a fault stays so.
   */
  async push(push: Push): Promise<Pushed> {
    const { closed, endpoints, pump } = this.#options;
    closed.throwIfAborted();
    const decoder = this.#decoder(push);
    const endpoint = endpoints.get(decoder.table, decoder.format);
    const { input } = endpoint;
    const signal = AbortSignal.any([push.signal, closed]);
    await input.gate.until(() => pump.stepper.isAnnounced(input), { signal });
    const parts = this.#parts(push, endpoint, signal);
    const taking = (intake: (decoder: Decoder) => BodyIntake): BodyIntake =>
      push.atomic === true ? this.#atomic(decoder, intake) : intake(decoder);
    if (push.key === undefined) {
      const durable = push.durable === true;
      return read(
        push,
        parts,
        taking((each) => new PlainIntake(parts, each, { durable })),
      );
    }
    const key = pump.keys.use(push.key, input.id);
    try {
      return await read(
        push,
        parts,
        taking((each) => new KeyedIntake(parts, key, each)),
      );
    } finally {
      pump.keys.release(key);
    }
  }

  #atomic(decoder: Decoder, whole: (decoder: Decoder) => BodyIntake): BodyIntake {
    return new AtomicIntake({ decoder, limitBytes: this.#options.mostAtomicBytes, whole });
  }

  #parts(push: Push, { input, source }: PushEndpoint, signal: AbortSignal): IntakeParts {
    const { pump, wallMs } = this.#options;
    const mayRead = (): boolean => push.force || !(pump.paused || input.paused);
    return {
      input,
      signal,
      wallMs,
      mayRead: () => input.gate.until(mayRead, { signal }),
      room: () => input.gate.until(() => input.queue.hasRoom && mayRead(), { signal }),
      accept(decoded, bytes) {
        input.requireTruncatable(decoded.changes);
        return source.accept(toldOf(decoded, push.metadata), bytes);
      },
      metadata: push.metadata,
      queue(batch) {
        input.receive(batch);
        pump.stepper.wake();
      },
      committed: (holds) => this.#committed(push, input, holds),
    };
  }

  /** What is queued is committed also when no more is taken, so only the end of the pump ends this. */
  async #committed(push: Push, { gate }: Input, holds: () => boolean): Promise<void> {
    const { stopped } = this.#options.pump;
    try {
      await gate.until(holds, { signal: AbortSignal.any([push.signal, stopped]) });
    } catch (error) {
      push.signal.throwIfAborted();
      throw closedFor("it has stopped", error);
    }
  }

  #decoder({ table: spelling, format: { name, config } }: Push): PushDecoder {
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
    return {
      table,
      format: { name, config: only(format.options, config) },
      push: (bytes) => decoder.push(bytes),
      finish: () => decoder.finish(),
    };
  }
}

const TOLD: ColumnType = { kind: "variant" };

/** What was decoded, with the same told of every record. */
function toldOf(decoded: Decoded, value: string | undefined): Decoded {
  if (value === undefined) return decoded;
  const told: Metadata = { type: TOLD, value };
  const { changes } = decoded;
  return { ...decoded, changes: { ...changes, metadata: changes.rows.map(() => told) } };
}

/** A push's decoder, with what says which endpoint the push feeds. */
interface PushDecoder extends Decoder {
  readonly table: Table;
  /** Without what the format doesn't look at: a request's own numbers must not each make an endpoint. */
  readonly format: Push["format"];
}

function only(options: readonly string[], config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([name]) => options.includes(name)));
}

interface IntakeParts extends IntakeOptions {
  /** Resolves once the pipeline takes anything in. */
  readonly mayRead: () => Promise<void>;
}

async function read(push: Push, parts: IntakeParts, intake: BodyIntake): Promise<Pushed> {
  await parts.mayRead();
  for await (const chunk of chunks(push.body, parts.signal)) await intake.take(chunk);
  return intake.end();
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
