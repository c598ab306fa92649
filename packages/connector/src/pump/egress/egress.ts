/** Egress: subscriptions to relations of a running pipeline, attached and fed between steps. */

import { type PendingReason } from "@tidemark/core";
import { identifier, type Program, REJECTED, type Table, type View } from "@tidemark/program";

import { type Clock } from "../../clock.ts";
import { ConfigError } from "../../config-error.ts";
import { type Engine, QueryError } from "../../engine.ts";
import { type OutputFormat } from "../../format.ts";
import { connectorIdOf } from "../../identity.ts";
import {
  type OutputStatus,
  type Subscribe,
  type Subscription,
  UnknownRelationError,
} from "../../running-pipeline.ts";
import { canonicalJson } from "../canonical-json.ts";
import { PushLimitError } from "../closed-error.ts";
import { type PipelineLimits } from "../options.ts";
import { Channel } from "./channel.ts";
import { chunkFormat } from "./chunk-format.ts";
import { type ChunkFormat } from "./chunk-writer.ts";
import { Subscriber } from "./subscriber.ts";

/** What egress is made with. */
export interface EgressOptions {
  readonly program: Program;
  readonly engine: Pick<Engine, "views" | "follow" | "snapshot">;
  readonly outputFormats: ReadonlyMap<string, OutputFormat>;
  readonly clock: Clock;
  readonly limits: PipelineLimits["egress"];
  /** The last committed step. */
  readonly processed: () => bigint;
  /** Runs work between steps. */
  readonly betweenSteps: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called when a subscriber with back-pressure has taken something. */
  readonly took: () => void;
  /** Called when a subscriber holds up nothing any more. */
  readonly left: () => void;
}

/** All subscriptions of a pipeline. Nothing of them is durable, and without any there is no cost. */
export class Egress {
  readonly #options: EgressOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #subscribers = new Set<Subscriber>();
  #places = 0;
  #named = 0;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(options: EgressOptions) {
    this.#options = options;
  }

  /** Whether no subscriber with back-pressure has more waiting than it may. */
  get hasRoom(): boolean {
    for (const { hasRoom } of this.#subscribers) if (!hasRoom) return false;
    return true;
  }

  /** The last step that all subscribers with back-pressure have taken, at most the given one. */
  taken(atMost: bigint): bigint {
    let least = atMost;
    for (const { backpressure, taken } of this.#subscribers) {
      if (backpressure && taken < least) least = taken;
    }
    return least;
  }

  /** Why steps up to the given one are not taken. */
  reasons(processed: bigint): readonly PendingReason[] {
    return [...this.#subscribers]
      .filter(({ backpressure, taken }) => backpressure && taken < processed)
      .map(({ endpoint, taken }) => ({
        code: "output-waiting",
        message: `subscription '${endpoint}' with back-pressure has taken steps up to ${taken} of ${processed}`,
      }));
  }

  statuses(): readonly OutputStatus[] {
    return [...this.#subscribers].map((subscriber) => subscriber.status());
  }

  /** Subscribes, from a moment between two steps on. */
  async subscribe(subscribe: Subscribe): Promise<Subscription> {
    const { engine, outputFormats, limits, betweenSteps } = this.#options;
    const relation = this.#relation(subscribe.relation);
    const columns =
      relation.kind === "table" ? relation.columns : (engine.views.get(relation.id.name) ?? []);
    const format = chunkFormat(outputFormats, subscribe.format, columns);
    if (subscribe.sendSnapshot && !relation.materialized) throw notMaterialized(relation);
    if (this.#places >= limits.maxSubscriptions) throw new PushLimitError(limits.maxSubscriptions);
    this.#places += 1;
    try {
      return await betweenSteps(() => this.#attach(relation, format, subscribe));
    } catch (error) {
      this.#places -= 1;
      throw error;
    }
  }

  /** Gives a step's changes to all who subscribe; to be called after its commit, before the next step. */
  async deliver(step: bigint): Promise<void> {
    for (const channel of this.#channels.values()) await channel.deliver(step);
  }

  /** Ends all streams once what waits is read, with the pipeline or with its fault. */
  end(error?: Error): void {
    this.#end ??= { error };
    for (const subscriber of this.#subscribers) subscriber.end(error);
  }

  async #attach(
    relation: Table | View,
    format: ChunkFormat,
    { format: asked, backpressure, sendSnapshot, signal }: Subscribe,
  ): Promise<Subscription> {
    signal.throwIfAborted();
    const { engine, clock, limits, processed } = this.#options;
    const { name } = relation.id;
    const channel = this.#channels.get(name) ?? new Channel(await this.#follow(name));
    this.#channels.set(name, channel);
    const afterStep = processed();
    const over = new AbortController();
    try {
      const snapshot = sendSnapshot
        ? await engine.snapshot(name, { signal: over.signal })
        : undefined;
      this.#named += 1;
      const id = `api-${this.#named}`;
      const subscriber: Subscriber = new Subscriber({
        id: connectorIdOf(name, id),
        relation: relation.id,
        name: id,
        backpressure,
        format,
        snapshot,
        afterStep,
        clock,
        maxBytes: limits.maxQueuedBytes,
        keepAliveMs: limits.keepAliveMs,
        took: () => {
          if (backpressure) this.#options.took();
        },
        left: () => {
          over.abort(new Error("the subscriber is gone"));
          this.#left(name, channel, subscriber);
        },
      });
      this.#subscribers.add(subscriber);
      channel.add(subscriber, canonicalJson(asked), format);
      const leave = (): void => subscriber.leave();
      if (signal.aborted) leave();
      signal.addEventListener("abort", leave, { once: true });
      over.signal.addEventListener("abort", () => signal.removeEventListener("abort", leave));
      if (this.#end !== undefined) subscriber.end(this.#end.error);
      return { afterStep, chunks: subscriber.chunks() };
    } finally {
      await this.#release(name, channel);
    }
  }

  /** A view that can't be followed is a matter of what was asked for. */
  async #follow(name: string): ReturnType<Engine["follow"]> {
    try {
      return await this.#options.engine.follow(name);
    } catch (cause) {
      if (!(cause instanceof QueryError)) throw cause;
      throw new ConfigError("table_name", cause.message, "invalid", { cause });
    }
  }

  #left(name: string, channel: Channel, subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    this.#places -= 1;
    channel.remove(subscriber);
    if (this.#end !== undefined) return;
    this.#options.left();
    if (!channel.isEmpty) return;
    // Where that fails the engine is at its end, which whoever commits next will tell.
    this.#options.betweenSteps(() => this.#release(name, channel)).catch(() => undefined);
  }

  /** Stops following what nobody subscribes to any more. */
  async #release(name: string, channel: Channel): Promise<void> {
    if (!channel.isEmpty || this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    if (this.#end === undefined) await channel[Symbol.asyncDispose]();
  }

  #relation(spelling: string): Table | View {
    const { name } = identifier(spelling);
    const { tables, views } = this.#options.program;
    const relation = [...tables, REJECTED, ...views].find(({ id }) => id.name === name);
    if (relation === undefined || (relation.kind === "view" && relation.local)) {
      throw new UnknownRelationError(spelling);
    }
    return relation;
  }
}

function notMaterialized({ kind, id }: Table | View): ConfigError {
  const how =
    kind === "view"
      ? "declare it with CREATE MATERIALIZED VIEW"
      : "give it a primary key or WITH ('materialized' = 'true')";
  const message = `send_snapshot: ${kind} '${id.name}' is not materialized; ${how}, or subscribe without a snapshot`;
  return new ConfigError("send_snapshot", message);
}
