/** Push endpoints: the inputs that pushes create, one per table and format. */

import { createHash } from "node:crypto";

import { type Table } from "@tidemark/program";

import { type Engine } from "../engine.ts";
import { connectorIdOf } from "../identity.ts";
import { type Push } from "../running-pipeline.ts";
import { type PushSource, type PushSourceFactory } from "../source.ts";
import { canonicalJson } from "./canonical-json.ts";
import { PushLimitError } from "./closed-error.ts";
import { Input } from "./input.ts";
import { type PipelineLimits } from "./options.ts";
import { type Pump } from "./pump.ts";
import { truncateFault } from "./truncate-fault.ts";

/** What endpoints are made with. */
export interface PushEndpointsOptions {
  readonly pump: Pump;
  readonly engine: Engine;
  readonly pushSource: PushSourceFactory;
  readonly limits: PipelineLimits;
  readonly wallMs: () => number;
}

/** An endpoint of pushes. */
export interface PushEndpoint {
  readonly input: Input;
  readonly source: PushSource;
}

/** Opens each endpoint when it is first pushed to; its name and id are the same in every run. */
export class PushEndpoints implements AsyncDisposable {
  readonly #options: PushEndpointsOptions;
  readonly #endpoints = new Map<string, PushEndpoint>();

  constructor(options: PushEndpointsOptions) {
    this.#options = options;
  }

  /** The endpoint of a table and format; throws `PushLimitError` where one more is too many. */
  get(table: Table, format: Push["format"]): PushEndpoint {
    const name = endpointName(format);
    const key = `${table.id.name}.${name}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const { maxPushEndpoints } = this.#options.limits;
    if (this.#endpoints.size >= maxPushEndpoints) throw new PushLimitError(maxPushEndpoints);
    const opened = this.#open(table, name);
    this.#endpoints.set(key, opened);
    return opened;
  }

  #open(table: Table, name: string): PushEndpoint {
    const { pump, engine, pushSource, limits, wallMs } = this.#options;
    const id = connectorIdOf(table.id.name, name);
    const resume = engine.recovered.progress.get(id);
    const source = pushSource.open({
      connector: id,
      endpoint: `${table.id.name}.${name}`,
      life: engine.life,
      epoch: engine.epoch,
      ...(resume === undefined ? {} : { resume }),
    });
    const lines = pump.publisher.lines(id);
    lines.begin(source.start, resume, pump.log.delivered);
    const input = new Input({
      id,
      table,
      name,
      declaration: undefined,
      queue: { records: limits.maxPushQueuedRecords, bytes: limits.maxPushQueuedBytes },
      lines,
      start: source.start,
      tells: source.tells,
      truncateFault: () =>
        truncateFault({ id, table, inputs: pump.inputs, recovered: engine.recovered }),
      wallMs,
      stopsAtRejects: false,
    });
    pump.inputs.add(input);
    pump.stepper.announce(input);
    pump.publisher.publish(id);
    return { input, source };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { source } of this.#endpoints.values()) await source[Symbol.asyncDispose]();
  }
}

function endpointName({ name, config }: Push["format"]): string {
  const text = canonicalJson({ name, config });
  return `api-ingress-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}
